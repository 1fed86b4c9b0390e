"""*speaks to no model*: text for readers, not orders to a language model, its control tokens, or something encoded.

Looked at are question, answer, subject, title and the whole passages, since who plants one sentence has planted the text
around it too, and what stands beside an example is exported with it.
An article *about* language models is text for readers.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache

from medai_assets.verification.example import Evidence, Example, Finding

NAME = "speaks_to_no_model"
# Marks of the chat templates in use: ChatML, Llama 2, 3 and 4, Mistral, Gemma, Phi, DeepSeek, Command, Vicuna, Alpaca, tools.
_CONTROL = re.compile(
    r"<[|｜][\w▁ -]{2,40}[|｜]>|\[/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\]|<</?SYS>>"
    r"|</?s>(?=\s*(?:\[|<|$|[A-Z]))|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk|mask)>|</?think(?:ing)?>|</?tool_(?:call"
    r"|response)>"
    r"|<[A-Z]+_OF_TURN_TOKEN>|^[^\S\n]*#{2,3} ?(?:Instructions?|Response|System|Input)\s*:"
    r"|^[^\S\n]*(?:Human|Assistant|USER|ASSISTANT|SYSTEM|system|assistant)\s*:",
    re.MULTILINE,
)
_OBJECT = r"(?:instructions?|prompts?|rules?|guidelines?|directives?|messages?|training|commands?|context|system message)"
_NO_ADVICE = "".join(f"(?<!{before} )" for before in ("never", "not", "n't", "n’t"))
# "They may forget the rules", "people with dementia often ignore all guidelines": told of readers, ordered of nobody.
_OF_READERS = re.compile(
    r"\b(?:they|people|patients|children|adults)(?: with(?: (?!you\b|models?\b|ai\b|assistants?\b)[\w'’-]+){1,4}?)?"
    r" (?:(?:may|might|often) (?:ignore|disregard|forget|override|bypass|overlook)|(?:can|could) (?:forget|overlook))\b"
    r"|\bpeople ignore\b",
    re.IGNORECASE,
)
# Before the verb of an order without a comma these make a report of it: "when asked about pain most patients answer".
_REPORTS = "".join(
    rf"(?<!\b{before} )"
    for before in "they he she we few many most some often usually people patients participants women men parents children adults "
    "doctors nurses respondents to not would could can may might did do who a an the or and".split()
)
_ORDER = re.compile(
    rf"{_NO_ADVICE}\b(?:ignore|disregard|forget|override|bypass|overlook)\b[^.,;!?\n]{{0,30}}?\b(?:all|any|every|the|your|previous"
    rf"|prior|above"
    rf"|earlier|preceding|former|other|these|those)\b[^.!?\n]{{0,40}}?\b{_OBJECT}\b"
    rf"|{_NO_ADVICE}\b(?:ignore|disregard|forget) (?:all |everything )?(?:of )?(?:the )?(?:above|preceding)\b(?= and\b|[.,;!:]|$)"
    r"|\bforget (?:everything|all|anything) (?:that )?you (?:were|have been|are|know)\b"
    r"|\b(?:all|any|every) (?:ai|llm|language) (?:models?|assistants?|systems?)\b[^.!?\n]{0,30}:"
    r"|\b(?:new|updated|hidden|secret|system|developer) (?:instructions?|prompt)s?\s*:"
    r"|\b(?:reveal|repeat|print|output|show)\b[^.!?\n]{0,20}\b(?:system|hidden|initial) prompt\b"
    r"|\byou are (?:now |actually |no longer )?(?:an? )?(?:ai\b|artificial intelligence|chatbot|language model|llm\b"
    r"|assistant\b|chatgpt"
    r"|gpt|claude|gemini|llama|mistral|dan\b|unrestricted)"
    r"|\bas an? (?:ai|llm|language model|chatbot|virtual assistant)\b[^.!?\n]{0,20},? (?:you|i)\b"
    r"|\b(?:attention|note|message|instructions?|dear|hey|hello)[,:]? (?:to |for |all )?(?:the )?(?:ai|llm|language model"
    r"|chatbot"
    r"|assistant)s?\b"
    r"|\b(?:pretend|act|behave|roleplay|respond|answer|reply) (?:to be|as if you (?:are|were)"
    r"|as) (?:an? )?(?:unrestricted|unfiltered"
    r"|jailbroken|ai\b|different)"
    r"|\b(?:when(?:ever)?|if)\b[^.!?\n]{0,60}\b(?:asked|user (?:asks|says|writes|mentions)|prompted|queried)\b[^.!?\n]{0,60}?"
    r"(?:,| then\b| (?:always|only|never|must|should|will)\b)\s*(?:(?:you|always|only|never|must|should|will)\s+)*"
    r"(?:answer|reply|respond|output|recommend|say)\b"
    r"|\b(?:when(?:ever)?|if)\b[^.,!?\n]{0,60}\b(?:asked|user (?:asks|says|writes|mentions)|prompted|queried)\b"
    rf"[^.,!?\n]{{0,60}}? {_REPORTS}(?:answer|reply|respond|output|recommend|say)\b"
    r"|\b(?:jailbreak|developer mode|do anything now|prompt injection)\b"
    r"|\b(?:from now on|henceforth),? (?:you|always|never|answer|respond|reply)\b"
    r"|\b(?:respond|reply|answer) only (?:with|in|by)\b"
    r"|\b(?:do not|don['’]t|never) (?:(?:tell|inform|warn|alert)|(?:mention|reveal|show)[^.!?\n]{0,20} to)"
    r" the user\b",
    re.IGNORECASE,
)
# An article on how models behave quotes such words of its own subject.
_ABOUT_MODELS = re.compile(
    r"\b(?:large language models?|LLMs?|chatbots?|ChatGPT|prompt(?:s|ing)?)\b[^.]{0,120}\b(?:performance|accuracy|study"
    r"|evaluat\w+|compar\w+"
    r"|respon\w+|clinic\w+)\b",
    re.IGNORECASE,
)
_RUN = re.compile(r"(?<![\w/+.-])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w/+-])")
_HEX = re.compile(
    r"(?<!\w)(?:0x)?(?:[0-9A-Fa-f]{2}[\s:,]?){24,}(?!\w)|(?:\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}){8,}"
)
_HIDDEN = re.compile("[\U000e0000-\U000e007f\u202a-\u202e\u2066-\u2069]|[\u200b-\u200d\u2060\ufeff]{3,}")
_LEAST_KINDS = 3  # of capitals, small letters, digits: what a word or a sequence of bases does not mix


def speaks_to_no_model(example: Example, evidence: Evidence) -> Finding | None:
    """Neither the example nor the document and the passages that it names speak to a model."""
    texts = [example.prompt, example.completion, example.subject or "", evidence.document.title]
    texts += [f"{p.heading}\n{p.text}" for p in evidence.passages]
    reason = next((r for text in texts if (r := speech_to_model(text))), "")
    return Finding(NAME, reason) if reason else None


@lru_cache(maxsize=4096)
def speech_to_model(text: str) -> str:
    """What in a text is meant for a model, in words; "" where nothing is."""
    control = _CONTROL.search(text)
    if control:
        return f"a control token of a chat template: {control[0].strip()!r}"
    order = _ORDER.search(_OF_READERS.sub(" ", text))
    if order and not _ABOUT_MODELS.search(text):
        return f"an order to a model: {order[0]!r}"
    hidden = _HIDDEN.search(text)
    if hidden:
        return f"characters that nobody sees: {hidden[0].encode('unicode_escape').decode()!r}"
    encoded = _HEX.search(text) or next((m for m in _RUN.finditer(text) if _is_encoded(m[0])), None)
    return f"something encoded: {encoded[0][:40]!r}" if encoded else ""


def _is_encoded(run: str) -> bool:
    """Whether a run without blanks is Base64: of mixed signs, or readable text once it is decoded."""
    kinds = sum(bool(re.search(k, run)) for k in ("[A-Z]", "[a-z]", r"\d"))
    mixed = kinds >= _LEAST_KINDS and len(re.findall(r"[a-z][A-Z]|[A-Z][a-z]|\d[A-Za-z]", run)) > len(run) / 5
    return mixed or _reads(run)


def _reads(run: str) -> bool:
    try:
        plain = base64.b64decode(run.rstrip("=") + "=" * (-len(run.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return all(32 <= byte < 127 or byte in b"\n\r\t" for byte in plain)
