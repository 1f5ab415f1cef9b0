"""Feedback alignment in PyTorch: a linear layer whose error goes back through other weights."""

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.problem import Problem


class FeedbackAlignment(torch.autograd.Function):
    @staticmethod
    def forward(ctx, inputs, weight, bias, feedback):
        ctx.save_for_backward(inputs, feedback)
        return F.linear(inputs, weight, bias)

    @staticmethod
    def backward(ctx, error):
        inputs, feedback = ctx.saved_tensors
        return error @ feedback, error.T @ inputs, error.sum(0), None


class Linear(nn.Linear):
    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.register_buffer("feedback", torch.randn(outputs, inputs) * (2 / inputs) ** 0.5)

    def forward(self, inputs):
        return FeedbackAlignment.apply(inputs, self.weight, self.bias, self.feedback)


def network(problem: Problem, linear: type[nn.Linear] = Linear, feedback_name: str = "feedback") -> nn.Sequential:
    """Layers with the problem's weights; `linear` for all but the first, which sends nothing back."""
    layers = []
    for number, weights in enumerate(problem.weights):
        outputs, inputs = weights.shape
        layer = linear(inputs, outputs) if number else nn.Linear(inputs, outputs)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights))
            layer.bias.zero_()
            if number:
                getattr(layer, feedback_name).copy_(torch.from_numpy(problem.feedback[number - 1]))
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])
