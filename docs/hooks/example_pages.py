"""A page for every script in `examples`; links to a script, as a reader of the repository needs them, lead there."""

import ast
import re
from pathlib import Path

from mkdocs.structure.files import File

LINK = re.compile(r"\(\.\./(examples/\w+)\.py\)")


def on_files(files, config):
    for script in sorted((Path(config.config_file_path).parent / "examples").glob("*.py")):
        code = script.read_text(encoding="utf-8")
        headline = (ast.get_docstring(ast.parse(code)) or script.name).partition("\n")[0]
        content = f'# {headline.rstrip(".")}\n\n```python title="examples/{script.name}"\n{code}```\n'
        files.append(File.generated(config, f"examples/{script.stem}.md", content=content))
    return files


def on_page_markdown(markdown, **_):
    return LINK.sub(r"(\1.md)", markdown)
