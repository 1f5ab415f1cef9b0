"""Jobs of a made-up experiment, and a folder with their results."""

from prenoise.study.lab import Job, run


def jobs(conditions, blocks=((0, 1), (2,)), experiment="fig1", function="trivial_jobs:numbers", **options):
    return [
        Job(function, experiment=experiment, condition=condition, seeds=block, **options)
        for condition in conditions
        for block in blocks
    ]


def stored(folder, wanted):
    outcome = run(wanted, folder, workers=0)
    assert outcome.exit_code == 0, str(outcome)
    return folder
