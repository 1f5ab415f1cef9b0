"""The site asks nobody anything: the theme would ask GitHub for the stars of the repository."""


def on_post_page(output, **_):
    return output.replace(' data-md-component="source"', "")
