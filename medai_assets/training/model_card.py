"""The model card: what the model is, what it learned from, how, how well, and what it must not be used for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from medai_assets.training.recipe import Recipe

NOT_FOR_CLINICAL_USE = (
    "**Not for clinical use.** This model is for research and for learning how such models are made. It states wrong "
    "things with confidence. It is not a medical device, has not been tested on patients, and must not be used to "
    "diagnose, treat, triage or advise anyone. In an emergency call your local emergency number."
)
_LIMITS = (
    "It was trained on text, not on patients or outcomes; what its sources leave out, it does not know.",
    "It may invent doses, drug names and references. Check every statement against the source that the lineage names.",
    "Its knowledge ends with the collection dates of its records; labels and guidance change, and records are withdrawn.",
    "It was trained and judged in English only.",
    "Refusals and emergency advice were learned from a small number of examples and can fail on other wordings.",
)


def model_card(
    recipe: Recipe,
    *,
    metrics: Mapping[str, Any],
    facts: Mapping[str, Any],
    lineage: Mapping[str, Any],
    evaluation: Mapping[str, Any] | None = None,
    merged: bool = False,
) -> str:
    """A hub-style README.md with YAML header.

    Args:
        metrics: `{"base": {kind: {"loss", "perplexity"}}, "tuned": {...}}` on the validation split.
        facts: `data` (counts), `licences` (id -> examples), `attributions`, `steps`, `trainable_parameters`,
            `tokens_per_step`; `multimodal` where the base is more than a text model.
        lineage: what the graph knows: `inputs` with their data versions.
        evaluation: the evaluation report; its `plain_words` are repeated, warnings and losses among them, and the
            rows of its `summary` (what, items, base, tuned, difference, low, high, words).
        merged: the card is for the merged model rather than for the adapter.
    """
    parts = [
        _header(recipe, merged),
        f"# {recipe.title}",
        NOT_FOR_CLINICAL_USE,
        _about(recipe, merged),
        _use(recipe, merged, multimodal=bool(facts.get("multimodal"))),
        _data(facts, lineage),
        _training(recipe, facts),
        _results(metrics),
        _evaluation(evaluation) if evaluation else "",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in _LIMITS),
        _licence(recipe, facts),
        "## Lineage\n\n```json\n" + json.dumps(lineage, indent=1, sort_keys=True) + "\n```",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _header(recipe: Recipe, merged: bool) -> str:
    known = {
        "Apache-2.0": "apache-2.0", "MIT": "mit", "LicenseRef-Llama-3-Community": "llama3",
        "LicenseRef-Llama-3.1-Community": "llama3.1",
    }  # fmt: skip
    lines = [
        "---",
        f"base_model: {recipe.hub_id}",
        f"license: {known.get(recipe.licence, 'other')}",
        "language: en",
    ]
    lines += [f"library_name: {'transformers' if merged or recipe.method == 'full' else 'peft'}"]
    lines += ["pipeline_tag: text-generation", "tags:", "- medical", f"- {recipe.method}", "---"]
    return "\n".join(lines)


def _about(recipe: Recipe, merged: bool) -> str:
    what = {
        "lora": "A LoRA adapter",
        "qlora": "A LoRA adapter trained over an NF4 base",
        "full": "A fully fine-tuned model",
    }
    text = f"{'A merged bf16 model' if merged else what[recipe.method]} for [{recipe.hub_id}](https://huggingface.co/{recipe.hub_id})"
    text += f" at revision `{recipe.revision}`."
    if recipe.kit_file:
        text += (
            " It was trained over weights of that model as quantised to 4 bits (Q4_1) in a GGUF file and read back to bf16; "
            "over the hub's own weights its answers may differ a little."
        )
    return text


def _use(recipe: Recipe, merged: bool, *, multimodal: bool) -> str:
    if merged or recipe.method == "full":
        return f"""## Use

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("DIR", dtype="auto")
tokenizer = AutoTokenizer.from_pretrained("DIR")
```

```
transformers serve DIR                       # OpenAI-compatible, CPU or GPU
vllm serve DIR --served-model-name {recipe.name}-medai
```"""
    if multimodal:
        return (
            "## Use\n\nThe base is a multimodal checkpoint, and the adapter belongs to its text model alone, which the "
            "merged model holds: serve that. No server was seen to load this adapter over the checkpoint itself."
        )
    return f"""## Use

```python
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = AutoModelForCausalLM.from_pretrained("{recipe.hub_id}", revision="{recipe.revision}", dtype="bfloat16")
model = PeftModel.from_pretrained(base, "DIR").merge_and_unload()
tokenizer = AutoTokenizer.from_pretrained("DIR")
question = [{{"role": "user", "content": "What is paracetamol used for?"}}]
inputs = tokenizer.apply_chat_template(question, add_generation_prompt=True, return_tensors="pt", return_dict=True)
answer = model.generate(**inputs, max_new_tokens=200, eos_token_id=tokenizer.eos_token_id)
print(tokenizer.decode(answer[0][inputs["input_ids"].shape[1]:]))
```

{_serve(recipe)}"""


def _serve(recipe: Recipe) -> str:
    if recipe.dora:
        return "vLLM takes no DoRA adapters: serve the merged model."
    return f"""```
vllm serve {recipe.hub_id} --revision {recipe.revision} --enable-lora --max-lora-rank {_vllm_rank(recipe.rank)} \\
  --lora-modules medai=DIR --tokenizer DIR --chat-template DIR/chat_template.jinja --generation-config DIR
```"""


def _vllm_rank(rank: int) -> int:
    """The smallest maximum rank vLLM accepts that holds this one."""
    return next((allowed for allowed in (8, 16, 32, 64, 128, 256, 320, 512) if allowed >= rank), rank)


def _data(facts: Mapping[str, Any], lineage: Mapping[str, Any]) -> str:
    lines = ["## Data", ""]
    for used in lineage.get("inputs", ()):
        if used["asset"] == "training_examples":
            lines.append(f"Training examples version `{used['data_version']}`.")
    if noted := lineage.get("noted_in"):
        lines.append(f"Their origins are noted in instruction data set version `{noted}`.")
    data = facts.get("data", {})
    for split in ("train", "validation"):
        if summary := data.get(split):
            name = {"train": "learned", "validation": "validation"}[split]
            lines += ["", f"| {name}: kind | examples | tokens |", "|---|---:|---:|"]
            lines += [
                f"| {kind} | {n['examples']:,} | {n['tokens']:,} |" for kind, n in summary["kinds"].items()
            ]
            lines.append(f"| all | {summary['examples']:,} | {summary['tokens']:,} |")
            left_out = sum(summary["too_long"].values())
            lines += [
                "",
                f"Left out: {left_out:,} longer than the limit, {summary['beyond_budget']:,} beyond the budget"
                + (
                    f", {summary['not_reached']:,} not reached before the weights that are kept."
                    if "not_reached" in summary
                    else "."
                ),
            ]
    if licences := facts.get("licences"):
        lines += ["", "| licence of the source records | learned examples |", "|---|---:|"]
        lines += [f"| {licence} | {count:,} |" for licence, count in sorted(licences.items())]
    if facts.get("samples"):
        lines += [
            "",
            f"{facts['samples']:,} of the learned examples come from records written as samples for this project.",
        ]
    return "\n".join(lines)


def _training(recipe: Recipe, facts: Mapping[str, Any]) -> str:
    rows: list[tuple[str, Any]] = [
        ("method", recipe.method),
        ("trainable parameters", f"{facts['trainable_parameters']:,}"),
        ("effective batch", f"{facts['tokens_per_step']:,} tokens a step"),
        ("steps", f"{facts['steps']:,}"),
        ("kept", f"the checkpoint of step {facts['best_step']:,}, the lowest validation loss"),
    ]
    if recipe.method != "full":
        layers = f"last {recipe.trained_layers} layers" if recipe.trained_layers else "all layers"
        rows.insert(
            1,
            (
                "adapter",
                f"rank {recipe.rank}, alpha {recipe.alpha}, dropout {recipe.dropout}, {layers}{_kinds(recipe)}",
            ),
        )
        rows.insert(2, ("adapted maps", ", ".join(sorted(recipe.target_modules))))
    rows += [
        ("epochs", recipe.epochs),
        (
            "learning rate",
            f"{recipe.learning_rate:g}, {recipe.schedule}, warm-up {recipe.warmup:.0%}{_begun(recipe)}",
        ),
        ("longest example", f"{recipe.max_length:,} tokens"),
        ("recipe", f"`{recipe.name}` `{recipe.digest()}`"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"## Training\n\nLoss on the answers only, never on the questions.\n\n| | |\n|---|---|\n{table}"


def _begun(recipe: Recipe) -> str:
    """Of how many epochs those learned are the first, where the rate was to fall over more."""
    return f" of {recipe.epochs * recipe.schedule_share:g} epochs" if recipe.schedule_share > 1 else ""


def _kinds(recipe: Recipe) -> str:
    noise = f"NEFTune {recipe.neftune_alpha:g}" if recipe.neftune_alpha else ""
    return "".join(f", {name}" for name in ("DoRA" * recipe.dora, "rsLoRA" * recipe.rslora, noise) if name)


def _results(metrics: Mapping[str, Any]) -> str:
    base, tuned = metrics.get("base", {}), metrics.get("tuned", {})
    if not tuned:
        return ""
    lines = [
        "## Validation",
        "",
        "| kind | loss, base | loss, tuned | perplexity, base | perplexity, tuned |",
    ]
    lines.append("|---|---:|---:|---:|---:|")
    for kind in sorted(tuned):
        before, after = base.get(kind, {}), tuned[kind]
        cells = [before.get("loss"), after["loss"], before.get("perplexity"), after["perplexity"]]
        lines.append(
            f"| {kind} | " + " | ".join("" if cell is None else f"{cell:.3f}" for cell in cells) + " |"
        )
    return "\n".join(lines)


def _evaluation(report: Mapping[str, Any]) -> str:
    """The report's own sentences, bad ones too, and the table they are about."""
    lines = [
        "## Against the base model",
        "",
        report["plain_words"],
        "",
        "| task | items | base | tuned | difference (95 %) | verdict |",
        "|---|---:|---:|---:|---|---|",
    ]
    for row in report["summary"]:
        lines.append(
            f"| {row['what']} | {row['items']} | {row['base']:.3f} | {row['tuned']:.3f} "
            f"| {row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f}) | {row['words']} |"
        )
    return "\n".join(lines)


def _licence(recipe: Recipe, facts: Mapping[str, Any]) -> str:
    lines = ["## Licence and attribution", "", f"Base model: {recipe.licence}."]
    lines += [f"- {condition}" for condition in recipe.licence_conditions]
    if attributions := facts.get("attributions"):
        lines += ["", "Sources of the training text:", *(f"- {line}" for line in sorted(attributions))]
    return "\n".join(lines)
