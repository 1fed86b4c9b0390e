"""What is stated about changed code before it can land, and what must hold for that.

A change is *raised* where the output may differ: the version goes up, and what the code makes becomes stale. It is *the
same* where the output does not differ, which the golden outputs must confirm: only the digest is renewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from medai_assets.code_identity.identities import Identity
from medai_assets.code_identity.lock import Entry, Golden, Lock
from medai_assets.foundation.code_versions import LOCK, RULED

Found = Mapping[str, Identity]
MOST_TYPED = 4  # names that a message spells out as options


class NotStated(Exception):
    """A statement about a change that does not hold; the message says what to do."""


def problems(lock: Lock, found: Found) -> list[str]:
    """What must be stated before the code can land, in words."""
    names = changed(lock, found)
    new, known = [n for n in names if lock.entry(n) is None], [n for n in names if lock.entry(n)]
    sentences = []
    if known:
        many = len(known) > 1
        sentences.append(
            f"code under {', '.join(known)} changed: raise {'their versions' if many else 'its version'} with "
            f"`medai code-lock {_options('--raise', known)}`, or state with `medai code-lock {_options('--same', known)}` that "
            f"{'their' if many else 'its'} output is the same"
        )
    if new:
        sentences.append(f"{', '.join(new)} not in {LOCK.name}: `medai code-lock` adds what is new")
    if past := _gone(lock, found):
        sentences.append(
            f"{', '.join(past)} no more in the code: `medai code-lock` takes it out of {LOCK.name}"
        )
    return sentences


def golden_problems(lock: Lock, golden: Golden, inputs: str) -> list[str]:
    """Golden outputs that are not the locked ones, in words."""
    if inputs != lock.inputs:
        return [
            "the golden inputs changed: `medai code-lock --renew-golden` takes their outputs into the lock"
        ]
    differing = sorted(k for k in golden.keys() | lock.golden.keys() if golden.get(k) != lock.golden.get(k))
    if not differing:
        return []
    names = list(dict.fromkeys(key.partition("[")[0] for key in differing))
    return [
        f"on the golden inputs the output of {', '.join(differing)} is not the locked one; where code is unchanged a library, "
        f"or code beyond its closure, has changed it: `medai code-lock {_options('--raise', names)}`"
    ]


def changed(lock: Lock, found: Found) -> list[str]:
    """Names of stages and rules whose code is not the locked one, new ones included, in the graph's order."""
    return [n for n, i in found.items() if (entry := lock.entry(n)) is None or entry.code != i.code]


def members(names: Iterable[str], found: Found) -> list[str]:
    """Names with groups resolved: ``all``, ``stages``, ``rules``, ``raw``, or a kind of example for all its rules.

    Raises:
        NotStated: nothing has that name.
    """
    resolved: dict[str, None] = {}
    for name in names:
        own = [n for n, identity in found.items() if _is_member(n, identity, name)]
        if not own:
            raise NotStated(f"there is no stage, rule or kind {name!r}; `medai code-lock` lists what changed")
        resolved |= dict.fromkeys(own)
    return list(resolved)


def not_yet_stated(names: Iterable[str], lock: Lock, found: Found, raised: Iterable[str]) -> list[str]:
    """Of these names and groups those whose code changed, without those that the same command raises."""
    open_names = set(changed(lock, found)) - set(raised)
    return [name for name in members(names, found) if name in open_names]


def _is_member(name: str, identity: Identity, group: str) -> bool:
    groups = {
        "all": True,
        "rules": identity.is_rule,
        "stages": not identity.is_rule,
        "raw": name.startswith("raw_"),
    }
    return groups.get(group, name == group or (identity.is_rule and name.startswith(f"{group}.")))


def tidied(lock: Lock, found: Found, golden: Golden) -> Lock:
    """The lock with new names at version 1 and without those that are gone, in the graph's order.

    A source that comes or goes is one more output of a stage, or one less, and changes none of the others.
    """

    def known(name: str, identity: Identity) -> Entry:
        entry = lock.entry(name) or Entry(1, identity.code)
        return replace(entry, data=identity.data) if entry.code == identity.code else entry

    def kept(rules: bool) -> dict[str, Entry]:
        return {n: known(n, i) for n, i in found.items() if i.is_rule is rules}

    new = [name for name in found if lock.entry(name) is None]
    past = [key for name in _gone(lock, found) for key in keys_of(name, lock.golden)]
    outputs = {
        key: digest
        for key, digest in lock.golden.items()
        if key not in past and (key in golden or not _is_partition(key))
    }
    more = {key: digest for key, digest in golden.items() if key not in outputs and _is_partition(key)}
    return replace(lock, stages=kept(False), rules=kept(True), golden=outputs | more | _of(new, golden))


def raised(lock: Lock, names: Iterable[str], found: Found, golden: Golden, inputs: str) -> Lock:
    """The lock with higher versions, the present code and its golden outputs of ``names``.

    Args:
        golden: what the present code makes of the golden inputs. inputs: digest of these.

    Raises:
        NotStated: the golden inputs are not the locked ones; or a rule is raised while the code of the data set's own
            stage has changed without a statement.
    """
    names = list(names)
    if names and inputs != lock.inputs:
        raise NotStated(
            "the golden inputs changed together with the code, so the lock would hold outputs of both: land the inputs first "
            "(`medai code-lock --renew-golden`), then raise the versions"
        )
    ruled = any(found[n].is_rule for n in names)
    if ruled and RULED in set(changed(lock, found)) - {*names}:
        raise NotStated(
            f"code under {RULED} changed too, and what it makes of the golden inputs changes with its rules: state it in the "
            f"same command (`--raise {RULED}`), or first (`--same {RULED}`) without the change of the rules"
        )
    raised_entries = {n: Entry(_known(lock, n).version + 1, found[n].code, found[n].data) for n in names}
    outputs = _of([*names, RULED] if ruled else names, golden)
    return replace(_with(lock, raised_entries), golden={**lock.golden, **outputs})


def adds_source_or_kind(lock: Lock, found: Found) -> bool:
    """Whether a source, or a kind of example, is there that the lock does not know."""
    kinds = {rule.partition(".")[0] for rule in lock.rules}
    new = [name for name in found if lock.entry(name) is None]
    return any(
        name.partition(".")[0] not in kinds if found[name].is_rule else name.startswith("raw_")
        for name in new
    )


def same(
    lock: Lock,
    names: Iterable[str],
    found: Found,
    golden: Golden,
    inputs: str,
    because: str = "",
    *,
    grown: bool = False,
) -> Lock:
    """The lock with the present code of ``names`` at their versions.

    Args:
        golden: what the present code makes of the golden inputs. inputs: digest of these.
        because: why the output is the same, where no golden output could tell.
        grown: whether a source or a kind of example comes with the change, and brings data of its own (``adds_source_or_kind``).

    Raises:
        NotStated: a golden output differs, the data written down in the code does and nothing has come that
            brings its own, or nothing could tell and no reason is given.
    """
    names = list(names)
    if names and inputs != lock.inputs:
        raise NotStated(
            "the golden inputs changed together with the code, so their outputs prove nothing: land the inputs first "
            "(`medai code-lock --renew-golden`)"
        )
    differing = [n for n in names if _of([n], golden) != _of([n], lock.golden)]
    unproved = [n for n in names if not keys_of(n, golden)]
    other = [
        n
        for n in names
        if not grown and n not in (*unproved, *differing) and _known(lock, n).data not in ("", found[n].data)
    ]
    told = []
    if differing:
        told.append(f"not the same: on the golden inputs the output of {', '.join(differing)} differs")
    if other:
        told.append(
            f"data written down in the code of {', '.join(other)} changed (a word list, a pattern, a bound, a packaged file), "
            "and golden inputs hold few of the words: that they see no difference proves nothing"
        )
    if told:
        options = _options("--raise", differing + other)
        raise NotStated(f"{'; '.join(told)}. Raise in the same command: `medai code-lock {options}`")
    if unproved and not because:
        raise NotStated(
            f"no golden output can tell whether {', '.join(unproved)} still makes the same output: raise the version, or say with "
            "`--because` why it does; the lock keeps the reason"
        )
    entries = {
        n: Entry(_known(lock, n).version, found[n].code, found[n].data, because if n in unproved else "")
        for n in names
    }
    return _with(lock, entries)


def renewed(lock: Lock, found: Found, golden: Golden, inputs: str) -> Lock:
    """The lock with what the locked code makes of new golden inputs.

    Raises:
        NotStated: code has changed too, so that nobody could tell which of both changed an output.
    """
    if names := changed(lock, found):
        raise NotStated(
            f"state the changed code first: {', '.join(names)}; where it is the code of a new source, commit its golden "
            "inputs first, without it (docs/extending.md)"
        )
    return replace(lock, golden=dict(golden), inputs=inputs)


def keys_of(name: str, golden: Golden) -> list[str]:
    """Golden outputs of a stage or rule: one of its name, or one a partition."""
    return [key for key in golden if key == name or key.startswith(f"{name}[")]


def _is_partition(key: str) -> bool:
    return key.endswith("]")


def _of(names: Iterable[str], golden: Golden) -> dict[str, str]:
    return {key: golden[key] for name in names for key in keys_of(name, golden)}


def _options(option: str, names: list[str]) -> str:
    """As typed for a few names; for many as a pattern."""
    return " ".join(f"{option} {name}" for name in names) if len(names) <= MOST_TYPED else f"{option} NAME …"


def _gone(lock: Lock, found: Found) -> list[str]:
    return [name for name in (*lock.stages, *lock.rules) if name not in found]


def _known(lock: Lock, name: str) -> Entry:
    entry = lock.entry(name)
    if entry is None:
        raise NotStated(f"{name} is new: `medai code-lock` adds it at version 1")
    return entry


def _with(lock: Lock, entries: Mapping[str, Entry]) -> Lock:
    def joined(known: Mapping[str, Entry]) -> dict[str, Entry]:
        return {name: entries.get(name, entry) for name, entry in known.items()}

    return replace(lock, stages=joined(lock.stages), rules=joined(lock.rules))
