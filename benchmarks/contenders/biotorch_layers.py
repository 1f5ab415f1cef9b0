"""The same loop over tensors in memory with the feedback alignment layers of BioTorch."""

from biotorch.layers.fa import Linear

from benchmarks.contenders import pytorch_tensors
from benchmarks.contenders.pytorch_network import network


class Contender(pytorch_tensors.Contender):
    def build(self, problem):
        return network(problem, Linear, feedback_name="weight_backward")
