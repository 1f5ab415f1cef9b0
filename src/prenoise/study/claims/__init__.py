"""A statement as a test, and the verdict of the stored runs on it.

>>> import xarray
>>> runs = xarray.Dataset({"accuracy": (("kind", "seed"), [[0.81, 0.84, 0.82, 0.83], [0.66, 0.68, 0.65, 0.67]])})
>>> claim = Claim(
...     id="2b.1",
...     sentence="Noise-pretrained networks are more accurate",
...     test=Paired("greater"),
...     samples=lambda runs: (runs.accuracy[0], runs.accuracy[1]),
...     smallest=0.01,
...     why="one test image in a hundred",
... )
>>> verdict = judge(claim, runs)
>>> verdict.outcome, round(verdict.difference, 3), verdict.n
(<Outcome.REPRODUCED: 'reproduced'>, 0.16, 4)
"""

from prenoise.study.claims.claim import Claim as Claim
from prenoise.study.claims.claim import judge as judge
from prenoise.study.claims.claim import judge_all as judge_all
from prenoise.study.claims.hypotheses import AgainstValue as AgainstValue
from prenoise.study.claims.hypotheses import Equivalent as Equivalent
from prenoise.study.claims.hypotheses import EquivalentToValue as EquivalentToValue
from prenoise.study.claims.hypotheses import GapClosed as GapClosed
from prenoise.study.claims.hypotheses import Paired as Paired
from prenoise.study.claims.hypotheses import Test as Test
from prenoise.study.claims.hypotheses import Trend as Trend
from prenoise.study.claims.power import seeds_needed as seeds_needed
from prenoise.study.claims.tables import MARKS as MARKS
from prenoise.study.claims.verdict import Group as Group
from prenoise.study.claims.verdict import Outcome as Outcome
from prenoise.study.claims.verdict import Verdict as Verdict
