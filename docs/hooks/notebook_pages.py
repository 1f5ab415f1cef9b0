"""A page for every notebook in `docs/notebooks`, with a link that opens it in Colab."""

import json
import re
from pathlib import Path

from mkdocs.structure.files import File

COLAB = "https://colab.research.google.com/github/"
LINK = re.compile(r"\((notebooks/\w+)\.ipynb\)")


def page(notebook, address):
    """The cells of a notebook as Markdown, the link below the title."""
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    codes = [cell["cell_type"] == "code" for cell in notebook["cells"]]
    (title, _, rest), *others = cells[0].partition("\n"), *zip(cells[1:], codes[1:], strict=True)
    return "\n\n".join(
        [
            title,
            f"[Open in Colab]({address}){{ .md-button }}",
            rest.strip(),
            *(f"```python\n{text}\n```" if code else text for text, code in others),
        ]
    )


def on_files(files, config):
    repository = config.repo_url.removeprefix("https://github.com/")
    for path in sorted((Path(config.docs_dir) / "notebooks").glob("*.ipynb")):
        address = f"{COLAB}{repository}/blob/main/docs/notebooks/{path.name}"
        content = page(json.loads(path.read_text("utf-8")), address)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=content))
    return files


def on_page_markdown(markdown, **_):
    return LINK.sub(r"(\1.md)", markdown)
