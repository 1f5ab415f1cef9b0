"""`prenoise reproduce`: the paper's figures, run."""

import json
import os
import shlex
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prenoise.cli import options
from prenoise.progress import progress, view

if TYPE_CHECKING:
    from prenoise.study.lab import Outcome
    from prenoise.study.reproduction import Reproduction


class Size(StrEnum):
    """How much is run: seconds, minutes, or the paper's full protocol."""

    smoke = "smoke"
    quick = "quick"
    paper = "paper"


def reproduce(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            help="Experiments, as in fig2; without, the paper's.", autocompletion=options.completed(options.experiments)
        ),
    ] = None,
    size: Annotated[Size, typer.Option(help="smoke: embedded digits; quick: minutes; paper: the full protocol.")] = (
        Size.quick
    ),
    out: Annotated[Path, typer.Option(help="Folder for the results; finished runs in it are kept.")] = Path("results"),
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds of every condition.", show_default="the size's own")
    ] = None,
    first_seed: Annotated[int, typer.Option(min=0, help="Count seeds from here, for a run beside another.")] = 0,
    scaling: options.Scaling = options.Scale.standardise,
    dataset: Annotated[
        list[str] | None, typer.Option(help="A file of yours for a data set, as in kmnist=my.npz.")
    ] = None,
    data_dir: options.DataDir = None,
    offline: Annotated[bool, typer.Option("--offline", help="Download nothing; skip what lacks its data.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Compute anew what another version or other source text computed.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, as in tls://host:8786.", show_default=False)
    ] = None,
    tls_ca_file: Annotated[
        Path | None, typer.Option(help="Certificates of the authority the cluster trusts.", show_default=False)
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Your certificate for the cluster.", show_default=False)] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key.", show_default=False)] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=0, help="Processes; 0 runs in this one.", show_default="one per core; one with a GPU"),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(min=1, help="Seeds trained together.", show_default="as in the folder; else 2, many on a GPU"),
    ] = None,
    list_them: Annotated[bool, typer.Option("--list", help="List the experiments and stop.")] = False,
    as_json: options.Json = False,
) -> None:
    """Run the paper's experiments; started again, it goes on where it was stopped.

    Example: prenoise reproduce fig1 --size smoke --out results
    """
    from prenoise.study.figures import chosen

    if list_them:
        _list(ids, as_json)
        return
    if scheduler and workers is not None:
        raise typer.BadParameter(
            "a cluster has the workers it has: leave it out with --scheduler", param_hint="--workers"
        )
    files = [file for file in (tls_ca_file, tls_cert, tls_key) if file]
    if files and (len(files) < 3 or not scheduler):
        raise typer.BadParameter(
            "give all of --tls-ca-file, --tls-cert, --tls-key, with --scheduler", param_hint="--tls-*"
        )
    if scheduler and dataset:
        raise typer.BadParameter(
            "a cluster's workers cannot be told of it: put the file as NAME.npz into the data folder of every machine",
            param_hint="--dataset",
        )

    from prenoise.study import lab, reproduction, tasks

    if data_dir:
        os.environ["PRENOISE_DATA"] = str(data_dir)
    tasks.stand_in(_files_named(dataset or []))
    asked = reproduction.plan(
        chosen(ids),
        size.value,
        scaling=scaling.value,
        seeds=seeds,
        first_seed=first_seed,
        width=width or reproduction.recorded_width(out),
        fetch=None if offline else _fetch,
        command=shlex.join(["prenoise", *sys.argv[1:]]),
    )
    _say_what_differs(asked)
    reproduction.remember(out, asked)
    jobs = [job for part in asked.parts for job in asked.jobs(part)]
    start = time.monotonic()
    outcome = lab.run(
        jobs,
        lab.Store(out),
        certificates=lab.Certificates(*files) if files else None,
        scheduler=scheduler,
        workers=workers,
        again=again,
        progress=view("runs"),
    )
    if as_json:
        print(json.dumps(_as_dict(outcome, asked) | {"out": str(out), "seconds": round(time.monotonic() - start, 1)}))
    else:
        print(outcome)
        print(f"{time.monotonic() - start:.0f} seconds. What the runs say: prenoise claims {out}")
    skipped = not offline and any(part.not_run for part in asked.parts)
    raise typer.Exit(outcome.exit_code or int(skipped))


def _as_dict(outcome: "Outcome", asked: "Reproduction") -> dict[str, Any]:
    """How a run ended, for programs."""
    return {
        "done": len(outcome.done),
        "there_already": len(outcome.skipped),
        "of_other_code": len(outcome.outdated),
        "failed": [{"job": str(failure.job), "error": failure.sentence} for failure in outcome.failed],
        "left": outcome.left,
        "stopped": outcome.stopped,
        "not_run": {part.experiment: part.not_run for part in asked.parts if part.not_run},
    }


def _list(ids: list[str] | None, as_json: bool) -> None:
    """Print the experiments of these ids, or all, one per line."""
    from prenoise.study.figures import chosen, experiments

    found = chosen(ids) if ids else list(experiments().values())
    if as_json:
        listed = [
            {"id": one.id, "where": one.where, "title": one.title, "paper": one.paper, "claims": len(one.claims)}
            for one in found
        ]
        print(json.dumps(listed))
        return
    for experiment in found:
        where = experiment.where or "beyond the paper"
        print(
            options.in_columns(
                f"{experiment.id:<12} {where:<30} ", f"{experiment.title} ({len(experiment.claims)} claims)"
            )
        )


def _say_what_differs(asked: "Reproduction") -> None:
    """Print which experiments are not run, and which run on data that is not the catalogue's."""
    for part in asked.parts:
        if part.not_run:
            print(f"{part.experiment} is not run: {part.not_run}", file=sys.stderr)
        for role, why in part.missing.items():
            print(f"{part.experiment} is run without {role}: {why}", file=sys.stderr)
        for role, used in part.data.items():
            if used["source"] not in ("catalogue", "embedded"):
                print(f"{part.experiment} uses for {role}: {used['description']}", file=sys.stderr)


def _fetch(name: str) -> None:
    from prenoise import data

    with progress(name) as tell:
        data.fetch(name, progress=tell)


def _files_named(pairs: list[str]) -> dict[str, str]:
    """The files for data sets that the option names, as NAME=FILE."""
    if not pairs:
        return {}
    from prenoise.data import CATALOG

    named = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not equals or name not in CATALOG or not Path(path).is_file():
            raise typer.BadParameter(
                f"found {pair!r}: expected NAME=FILE with a data set's name ({', '.join(CATALOG)}) and a file",
                param_hint="--dataset",
            )
        named[name] = path
    return named
