"""`prenoise rules`: the ways an error can take back."""


def rules() -> None:
    """List the rules: name, what it does, and who proposed it.

    Example: prenoise rules
    """
    from prenoise.rules import RULES

    for rule in RULES.values():
        print(f"{rule.name:7} {rule.meaning}\n{'':7} {rule.reference}")
