"""The playground that ships with the package, as a page of its own in the site."""

from pathlib import Path

from mkdocs.structure.files import File


def on_files(files, config):
    page = Path(config.config_file_path).parent / "src" / "prenoise" / "playground.html"
    files.append(File.generated(config, "playground/live.html", content=page.read_text("utf-8")))
    return files
