"""Small pictures, two convolutions, pooling, then Linear layers."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(11)
pictures = torch.rand(96, 1, 12, 12)
labels = torch.randint(0, 4, (96,))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.fc1 = nn.Linear(6 * 4 * 4, 20)
        self.fc2 = nn.Linear(20, 4)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

for _ in range(3):
    for start in range(0, 96, 16):
        optimizer.zero_grad()
        outputs = net(pictures[start : start + 16])
        loss = criterion(outputs, labels[start : start + 16])
        loss.backward()
        optimizer.step()
