"""The fastest PyTorch found: gradients and Adam written out, so that torch.compile makes one program of a whole step.

Compiled as it stands, with autograd's backward pass and torch.optim.Adam in it, the step falls into several programs
and takes longer.
"""

import torch
from torch.nn import functional as F

from benchmarks.contenders import pytorch_tensors
from benchmarks.problem import CLASSES, RATE


class Contender(pytorch_tensors.Contender):
    def __init__(self, problem):
        super().__init__(problem)
        parameters = [parameter.detach() for parameter in self.network.parameters()]
        feedback = [layer.feedback for layer in self.network if hasattr(layer, "feedback")]
        first, second = ([torch.zeros_like(parameter) for parameter in parameters] for _ in range(2))
        time = torch.zeros(())

        @torch.compile
        def step(inputs, labels):
            activities = [inputs]
            for weight, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
                activities.append(F.relu(F.linear(activities[-1], weight, bias)))
            outputs = F.linear(activities[-1], *parameters[-2:])
            error = (torch.softmax(outputs, 1) - F.one_hot(labels, CLASSES)) / len(labels)
            gradients = [error.T @ activities[-1], error.sum(0)]
            for layer in reversed(range(len(feedback))):
                error = (error @ feedback[layer]) * (activities[layer + 1] > 0)
                gradients = [error.T @ activities[layer], error.sum(0), *gradients]
            time.add_(1)
            for parameter, gradient, m, v in zip(parameters, gradients, first, second, strict=True):
                m.lerp_(gradient, 0.1)
                v.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
                change = (m / (1 - 0.9**time)) / ((v / (1 - 0.999**time)).sqrt() + 1e-8)
                parameter.sub_(RATE * change)
            return F.cross_entropy(outputs, labels)

        self.step = torch.no_grad()(step)
