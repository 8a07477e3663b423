"""Ask a study from the command line: the answer, its figures, its digest."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from layers.errors import PlatformError
from spatial_analysis import means, study
from spatial_analysis.management.progress import bar
from spatial_analysis.models import Run
from spatial_analysis.studies.incident_said import SAYS, warnings_of

NOT_MET, REFUSED, INFEASIBLE = 1, 2, 3
VERIFY = "verify"
FROM_PARTS = ("incident_heat",)
CONTRADICTIONS = {"RULES_CONTRADICT"}
WORDS = ("category", "island", "from", "to", "offset")
WHOLE = ("days", "min_pts", "replications", "count", "walk_m", "budget_idr")
DECIMAL = ("sigma_m", "spacing_m", "eps_m", "alpha")


def value_of(text: str) -> Any:
    """A value given as NAME=VALUE: JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def pair(text: str) -> tuple[str, Any]:
    """NAME=VALUE as a pair; raises CommandError."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise CommandError(f"{text!r}: NAME=VALUE", returncode=REFUSED)
    return name, value_of(value)


def nothing_to_verify(folder: Path, only: str) -> str:
    """Why nothing could be recomputed, and what to do about it."""
    from spatial_analysis.truths.table import names  # pandas and numba: only when asked

    if not (known := names(only)):
        return f"No published data set has {only!r} in its name; there are: {', '.join(names())}"
    return (
        f"Nothing was checked: no published data set lies in {folder}. They keep their own "
        "licences and are not part of this repository. Put each into a folder of its name and "
        f"say where: analyse verify --truth FOLDER (folders: {', '.join(known)})"
    )


def last_day(folder: Path) -> str:
    """Last day of a folder of parts; raises CommandError."""
    from spatial_analysis.partitions import BadParts, days_held, read_manifest  # Arrow

    try:
        held = days_held(read_manifest(folder))
    except BadParts as refusal:
        raise CommandError(str(refusal), returncode=REFUSED) from refusal
    if held is None:
        raise CommandError(f"{folder}: no report", returncode=REFUSED)
    return held[1].isoformat()


class Command(BaseCommand):
    """`manage.py analyse STUDY [--from ... --to ... --category ... --seed N --json]`.

    `manage.py analyse verify` recomputes published results here: method, data set, published,
    ours, difference, met. Exit 1 when one is not met; an absent data set is said so.
    """

    help = (
        "Ask a study, or verify. Exit 0: answered; 2: refused, with the reason; "
        "3: the rules contradict; 1: a published figure is not met."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the study, the parameters that many studies know, and a way to give any other."""
        parser.add_argument("study", help=f"one of: {', '.join([*study.names(), VERIFY])}")
        parser.add_argument("--truth", help="verify: folder of the published data sets")
        parser.add_argument("--only", default="", help="verify: data sets with this in their name")
        for name in WORDS:
            parser.add_argument(f"--{name}", dest=f"p_{name}")
        for name in WHOLE:
            parser.add_argument(f"--{name.replace('_', '-')}", dest=f"p_{name}", type=int)
        for name in DECIMAL:
            parser.add_argument(f"--{name.replace('_', '-')}", dest=f"p_{name}", type=float)
        parser.add_argument("--budget", dest="p_budget_idr", type=int, help="rupiah")
        parser.add_argument("--floor", action="append", default=[], help="AREA=LEAST, repeated")
        parser.add_argument(
            "--prove",
            dest="p_prove",
            action="store_const",
            const=True,
            help="wifi_placement: two minutes for the proof",
        )
        parser.add_argument("--set", action="append", default=[], help="NAME=VALUE, any other")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--parts", type=Path, help="count from this folder (see report_parts)")
        parser.add_argument(
            "--spread", default="", help="with --parts: number of workers, or tls://scheduler:port"
        )
        parser.add_argument("--json", action="store_true", help="the whole run as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Record the question, answer it, print the answer."""
        if options["study"] == VERIFY:
            self.verify(options["truth"], options["only"])
            return
        params = self.params(options)
        if (options["parts"] or options["spread"]) and options["study"] not in FROM_PARTS:
            raise CommandError(f"--parts: {', '.join(FROM_PARTS)} only", returncode=REFUSED)
        if options["spread"] and not options["parts"]:
            raise CommandError("--spread needs --parts FOLDER", returncode=REFUSED)
        if options["parts"] and "to" not in params:
            params["to"] = last_day(options["parts"])
        try:
            with bar(options["study"]) as say:
                how = means.Means(options["parts"], options["spread"], say)
                with means.using(how):
                    run = study.perform(study.ask(options["study"], params, seed=options["seed"]))
        except PlatformError as refusal:
            code = INFEASIBLE if refusal.code in CONTRADICTIONS else REFUSED
            raise CommandError(str(refusal), returncode=code) from refusal
        except means.SpreadFailed as failure:  # the run is recorded as failed, with its sentence
            raise CommandError(str(failure), returncode=NOT_MET) from failure
        self.stdout.write(json.dumps(as_dict(run), ensure_ascii=False, indent=1)
                          if options["json"] else in_words(run))  # fmt: skip

    def verify(self, truth: str | None, only: str) -> None:
        """Print the table of published results; raises CommandError when one is not met."""
        from spatial_analysis.truths.table import lines  # pandas and numba: only when asked

        folder = Path(truth) if truth else Path(settings.BASE_DIR).parent / "shared" / "truth"
        met, told = 0, 0
        for line, fine in lines(folder, only):
            self.stdout.write(line)
            met, told = met + (fine is True), told + (fine is not None)
        if not told:
            raise CommandError(nothing_to_verify(folder, only), returncode=REFUSED)
        self.stdout.write(f"{met} of {told} published figures met")
        if met < told:
            raise CommandError(f"{told - met} figures are not met", returncode=NOT_MET)

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Only what was given: studies know their own defaults."""
        given = {
            name[2:]: value
            for name, value in options.items()
            if name.startswith("p_") and value is not None
        }
        floors = dict(pair(text) for text in options["floor"])
        return given | ({"floors": floors} if floors else {}) | dict(map(pair, options["set"]))


def as_dict(run: Run) -> dict[str, Any]:
    """A run as data."""
    return {
        "run": run.pk, "study": run.study, "params": run.params, "seed": run.seed,
        "state": run.state, "sentence": run.sentence, "summary": run.summary,
        "inputs": run.inputs, "digest": run.digest,
    }  # fmt: skip


def in_words(run: Run) -> str:
    """A run as lines for people."""
    figures = [
        f"  {name}: {value}"
        for name, value in run.summary.items()
        if not isinstance(value, list | dict) or name in ("grades", "patterns")
    ]
    figures += [f"  ! {warning}" for warning in warnings_of(run)] if run.study in SAYS else []
    head = [run.sentence, f"  run {run.pk}, seed {run.seed}, digest {run.digest[:16]}"]
    return "\n".join([*head, *figures])
