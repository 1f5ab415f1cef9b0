"""`prenoise rules`: the ways an error can take back."""

import json

from prenoise.cli import options


def rules(as_json: options.Json = False) -> None:
    """List the rules: name, what it does, and who proposed it.

    Example: prenoise rules
    """
    from prenoise.rules import RULES

    if as_json:
        told = ("name", "meaning", "reference")
        print(json.dumps([{what: getattr(rule, what) for what in told} for rule in RULES.values()]))
        return
    for rule in RULES.values():
        print(options.in_columns(f"{rule.name:8}", rule.meaning))
        print(options.in_columns(" " * 8, rule.reference))
