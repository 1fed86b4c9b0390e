"""Ollama's Modelfile: weights, template, system text and where an answer ends."""

from __future__ import annotations

from medai_assets.training.recipe import Recipe

# The packaged chat templates in Ollama's Go syntax; "own" is SmolLM2's, which is ChatML.
_CHATML = """{{ range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
_PLAIN = """{{ if .System }}{{ .System }}

{{ end }}### Question
{{ .Prompt }}

### Answer
"""
_INSTRUCT = "[INST] {{ if .System }}{{ .System }}\n\n{{ end }}{{ .Prompt }} [/INST]"
_TEMPLATES = {"own": _CHATML, "chatml": _CHATML, "plain": _PLAIN, "instruct": _INSTRUCT}


def modelfile(recipe: Recipe, system: str) -> str:
    """The Modelfile for a merged model's directory; a user's own Jinja template is left to Ollama's reading of it."""
    lines = [f"# {recipe.title}. Not for clinical use.", "FROM .", "PARAMETER temperature 0"]
    if recipe.end_of_turn or recipe.chat_template == "own":
        lines.append(
            'PARAMETER stop "<|im_end|>"'
            if recipe.end_of_turn is None
            else f'PARAMETER stop "{recipe.end_of_turn}"'
        )
    if recipe.chat_template in _TEMPLATES:
        lines.append(f'TEMPLATE """{_TEMPLATES[recipe.chat_template]}"""')
    if system:
        lines.append(f'SYSTEM """{system}"""')
    return "\n".join(lines) + "\n"
