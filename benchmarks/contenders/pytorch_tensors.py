"""PyTorch with all images scaled and in memory, on the device: a batch is an index away."""

import torch
from torch.nn import functional as F

from benchmarks.contenders.pytorch_network import network
from benchmarks.problem import BATCH, CLASSES, RATE, Problem


class Contender:
    networks = 1

    def __init__(self, problem: Problem, device: str = "cpu"):
        self.device = device
        self.inputs = ((torch.from_numpy(problem.images).float() - problem.mean) / problem.deviation).to(device)
        self.labels = torch.from_numpy(problem.labels).to(device)
        self.network = self.build(problem).to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=RATE)

    def build(self, problem: Problem):
        return network(problem)

    def epoch(self, order=None):
        examples = len(self.labels)
        order = torch.randperm(examples) if order is None else torch.from_numpy(order)
        order = order.to(self.device)
        total = torch.zeros((), device=self.device)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            total += self.step(self.inputs[rows], self.labels[rows])
        return total.item()

    def pretrain(self, steps):
        total = torch.zeros((), device=self.device)
        for _ in range(steps):
            inputs = torch.randn(BATCH, self.inputs.shape[1], device=self.device)
            total += self.step(inputs, torch.randint(CLASSES, (BATCH,), device=self.device))
        return total.item()

    def step(self, inputs, labels):
        self.optimiser.zero_grad()
        loss = F.cross_entropy(self.network(inputs), labels)
        loss.backward()
        self.optimiser.step()
        return loss.detach()

    def weights(self):
        layers = [layer for layer in self.network if hasattr(layer, "weight")]
        return [layer.weight.detach().cpu().numpy() for layer in layers]
