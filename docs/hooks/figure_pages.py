"""Every experiment has a page in the menu; one of which no results are published, a page with its protocol alone."""

import sys
from pathlib import Path

from mkdocs.structure.files import File

from prenoise.study.figures import experiments

sys.path.insert(0, str(Path(__file__).parents[1] / "publish"))
from protocol import heading, protocol

FIRST = "What the runs say"
"""The entry of the menu after which the pages come."""


def on_config(config):
    paper, ours = (
        [{menu_name(one): f"results/{one.id}.md"} for one in experiments().values() if one.paper is whose]
        for whose in (True, False)
    )
    after = next(number for number, entry in enumerate(config.nav, 1) if FIRST in entry)
    config.nav[after:after] = [{"Figures of the paper": paper}, {"Beyond the paper": ours}]
    return config


def menu_name(experiment):
    return experiment.where if experiment.paper else experiment.title


def on_files(files, config):
    for experiment in experiments().values():
        name = f"results/{experiment.id}.md"
        if files.get_file_from_path(name) is None:
            text = f"# {heading(experiment)}\n\nNo results are published yet.\n\n{protocol(experiment)}\n"
            files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown, page, **_):
    """Tables and pictures have the room of the table of contents."""
    if page.file.src_uri.startswith("results/"):
        page.meta.setdefault("hide", ["toc"])
    return markdown


def on_page_content(html, **_):
    """The column of statements is told from others, so that it can be wide."""
    return html.replace("<th>statement</th>", '<th class="statement">statement</th>')
