"""`prenoise measure`: what a weights file is like, alone or on data."""

import json
from pathlib import Path
from typing import Annotated

import typer

from prenoise.cli import options


def measure(
    weights: Annotated[Path, typer.Argument(help="A weights file.")],
    dataset: Annotated[
        str | None, typer.Argument(help="A data set's name or your own .npz file.", show_default=False)
    ] = None,
    scaling: options.Scaling = options.Scale.standardise,
    data_dir: options.DataDir = None,
    as_json: options.Json = False,
) -> None:
    """Measure a network: alignment, distance to feedback and effective rank; on data, accuracy and calibration too.

    Example: prenoise measure digits.safetensors digits
    """
    import prenoise
    from prenoise import measures

    network, made_by = prenoise.load_network(weights)
    rule = str(made_by.get("rule", "fa"))
    result = {
        "sizes": network.sizes,
        "made_by": made_by,
        "alignment": [float(angles.mean()) for angles in measures.alignment(network, rule)],
        "distance_to_feedback": [float(distance) for distance in measures.distance_to_feedback(network, rule)],
        "effective_rank": [float(measures.effective_rank(matrix)) for matrix in network.weights],
    }
    if dataset is not None:
        data = prenoise.data.load(dataset, data_dir=data_dir)
        examples, test = prenoise.load(data, scaling=scaling.value)
        if test.raw.shape[1] != network.sizes[0]:
            raise prenoise.UserError(f"{dataset} has {test.raw.shape[1]} inputs, {weights} takes {network.sizes[0]}")
        if network.sizes[-1] < data.classes:
            raise prenoise.UserError(f"{weights} has {network.sizes[-1]} classes and {data.name} has {data.classes}")
        belief = measures.probabilities(network, test)
        result |= {
            "test_accuracy": float(measures.accuracy(network, test)),
            "test_loss": float(measures.mean_loss(network, test)),
            "generalisation_error": float(measures.generalisation_error(network, examples, test)),
            "expected_calibration_error": float(measures.expected_calibration_error(belief, test.labels)),
            "chance_distance": float(measures.chance_distance(belief)),
            "gram_effective_rank": [
                float(measures.effective_rank(measures.gram(layer))) for layer in measures.features(network, test)
            ],
        }
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name.replace('_', ' ')}: {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return str(value)
