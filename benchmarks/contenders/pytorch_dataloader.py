"""The PyTorch script of the tutorials: a Dataset, a DataLoader, an optimiser, a loop."""

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from benchmarks.contenders.pytorch_network import network
from benchmarks.problem import BATCH, CLASSES, RATE, Problem


class Images(Dataset):
    def __init__(self, problem: Problem):
        self.images = torch.from_numpy(problem.images)
        self.labels = torch.from_numpy(problem.labels)
        self.mean, self.deviation = problem.mean, problem.deviation

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return (self.images[index].float() - self.mean) / self.deviation, self.labels[index]


class Contender:
    networks = 1

    def __init__(self, problem: Problem):
        self.data = Images(problem)
        self.inputs = problem.sizes[0]
        self.network = network(problem)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=RATE)

    def epoch(self, order=None):
        sampler = None if order is None else order.tolist()
        total = 0.0
        for inputs, labels in DataLoader(self.data, batch_size=BATCH, shuffle=sampler is None, sampler=sampler):
            total += self.step(inputs, labels)
        return total

    def pretrain(self, steps):
        total = 0.0
        for _ in range(steps):
            total += self.step(torch.randn(BATCH, self.inputs), torch.randint(CLASSES, (BATCH,)))
        return total

    def step(self, inputs, labels):
        self.optimiser.zero_grad()
        loss = F.cross_entropy(self.network(inputs), labels)
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def weights(self):
        layers = [layer for layer in self.network if hasattr(layer, "weight")]
        return [layer.weight.detach().numpy() for layer in layers]
