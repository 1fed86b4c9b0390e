"""`medai review`: what to read, verdicts from a spreadsheet, and what may be concluded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.commands.lineage import answering
from medai_assets.foundation.plurals import counted
from medai_assets.settings import get_settings

if TYPE_CHECKING:
    from medai_assets.lineage.lookup import Lineage
    from medai_assets.reviews.sampling import Bound

app = typer.Typer(
    no_args_is_help=True, help="People's verdicts on examples: draw what to read, enter what was found."
)
_SHOWN = ("kind", "history", "prompt", "completion")
ROLE_HELP = "What the reviewer is: clinician, pharmacist, editor, engineer or “lay reader”."


@app.command("sample")
def sample(
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV file to write.")] = Path("to_read.csv"),
    kind: Annotated[str | None, typer.Option("--kind", help="Only examples of this kind.")] = None,
    share: Annotated[
        float,
        typer.Option(
            "--at-most",
            min=0.001,
            max=1,
            help="Largest share of faulty examples to rule out when none is found.",
        ),
    ] = 0.05,
) -> None:
    """Draw the examples to be read, by hash, as CSV with a column for verdicts; says how many the bound needs."""
    from medai_assets.lineage.csv_tables import cells, csv_lines
    from medai_assets.reviews.csv_file import COLUMNS
    from medai_assets.reviews.history import FAULTS
    from medai_assets.reviews.queue import to_be_read

    with answering() as lineage:
        chosen = to_be_read(lineage.store, lineage.dataset(), kind, share)
        if not chosen:
            raise console.fail(
                escape(f"there is nothing left to read for that{f' of {kind}' if kind else ''}")
            )
        # The last cell is the licences.
        rows = ([row["example_id"], "", "", "", *cells(row, _SHOWN)[:-1]] for row in chosen)
        text = "".join(csv_lines([*COLUMNS, *_SHOWN, "records"], rows))
    console.write_file(out, text)
    console.say(
        f"{counted(len(chosen), 'example')} to read: if none is at fault, at most {share:.1%} of a kind are, with 95 % confidence. "
        f"Verdict: approve or fault; fault: {', '.join(FAULTS)}. Then "
        f"`medai review import {escape(str(out))} --reviewer NAME --role ROLE`."
    )  # fmt: skip


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with example_id, verdict, fault, comment.")],
    reviewer: Annotated[
        str, typer.Option("--reviewer", help="Whose verdicts these are, for lines that do not say.")
    ] = "",
    role: Annotated[str, typer.Option("--role", help=ROLE_HELP)] = "",
) -> None:
    """Enter the verdicts of a CSV file into the store, all or nothing; the same file twice changes nothing."""
    from medai_assets.reviews.csv_file import read_reviews
    from medai_assets.reviews.history import ReviewError, add_reviews
    from medai_assets.reviews.queue import unknown

    with answering() as lineage, console.clear_errors(ReviewError):
        rows = read_reviews(file, reviewer, role)
        strange = unknown(lineage.dataset(), (row["example_id"] for row in rows))
        new = add_reviews(lineage.store, rows)
    if strange:
        console.say_on_stderr(
            f"{counted(len(strange), 'verdict is on an example', 'verdicts are on examples')} that the current data set does not "
            f"have, the first {strange[0]}: kept, and without effect until it has."
        )  # fmt: skip
    console.say(
        f"Of {counted(len(rows), 'verdict')} in {escape(str(file))}, {new:,} {'is' if new == 1 else 'are'} new. "
        "`medai run` takes out what is at fault, and the data card says what may be concluded."
    )


@app.command("invite")
def invite_reviewer(
    name: Annotated[str, typer.Argument(help="Whose verdicts they will be.")],
    role: Annotated[str, typer.Option("--role", help=ROLE_HELP)] = "",
    dismiss: Annotated[
        bool, typer.Option("--dismiss", help="Revoke their token; their verdicts stay.")
    ] = False,
) -> None:
    """Give a reviewer an address of the lineage page with a token of their own: their verdicts carry their name.

    With it they read the lineage page and enter verdicts, and reach nothing else. Inviting the same name again gives a new token.
    """
    from medai_assets.reviews import reviewers
    from medai_assets.reviews.history import ReviewError

    settings = get_settings()
    with console.clear_errors(ReviewError):
        if dismiss:
            if not reviewers.dismiss(settings.profile_dir, name):
                raise console.fail(escape(f"{name} has no token"))
            return
        token = reviewers.invite(settings.profile_dir, name, role)
    console.say(escape(f"{settings.lineage_address}/review?token={token}"))
    console.err.print("It is shown this once. The page is served by `medai ui` or `medai lineage`.")


@app.command("status")
def status() -> None:
    """Show what was read of each kind, what was found, and what may be concluded."""
    with answering() as lineage:
        found = _bounds(lineage)
    table = Table("kind", "of", "read", "at fault", "by", "at most at fault", box=None, header_style="bold")
    for one in found:
        faults = ", ".join(f"{name} {count}" for name, count in one.faults.items())
        by = ", ".join(f"{role} {count}" for role, count in one.by_role.items())
        most = f"{one.most:,} of {one.left:,} that stay ({one.most_share:.1%})" if one.read else "not known"
        table.add_row(one.kind, f"{one.lot:,}", f"{one.read:,}", faults, by, most)
    console.out.print(table)


def _bounds(lineage: Lineage) -> list[Bound]:
    from medai_assets.reviews.queue import current_bounds

    return current_bounds(lineage.store, lineage.dataset())
