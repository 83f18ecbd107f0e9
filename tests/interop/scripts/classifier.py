"""A classifier with datasets, loaders, a function for each epoch, and held-out rows."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
points = torch.randn(300, 8)
classes = (points[:, 0] * points[:, 1] > 0).long() + (points[:, 2] > 1).long()
training = TensorDataset(points[:240], classes[:240])
held_out = TensorDataset(points[240:], classes[240:])
train_loader = DataLoader(training, batch_size=32, shuffle=True)
test_loader = DataLoader(held_out, batch_size=60)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.stack = nn.Sequential(
            nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 3)
        )

    def forward(self, x):
        return self.stack(self.flatten(x))


model = Net()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def train(loader):
    model.train()
    for inputs, targets in loader:
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def test(loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for inputs, targets in loader:
            right += (model(inputs).argmax(1) == targets).sum().item()
    return right / len(loader.dataset)


for _ in range(4):
    train(train_loader)
    accuracy = test(test_loader)
