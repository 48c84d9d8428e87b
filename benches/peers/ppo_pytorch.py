#!/usr/bin/env python3
"""The PyTorch twin of `gumbel train policy --env cartpole --method ppo`.

It is written as single-file implementations of PPO are: one loop over Gymnasium's
vector of environments, `torch.distributions.Categorical`, Adam. It follows one
fixed protocol, so that its speed (environment steps per second) and its returns
can be compared with those of the Rust program.

Protocol
  Environment  CartPole-v1, 8 of them in a SyncVectorEnv. An environment whose
               episode ends is reset in the same step, so every step counts.
  Networks     Actor and critic, separate: 4 -> 64, tanh -> 64, tanh -> 2 or 1.
  Start        Weights normal with variance 1 / inputs, those of the last layers 0;
               biases 0.
  Rollout      128 steps of each environment with actions drawn from the policy.
  Advantages   Generalised advantage estimates, gamma = 0.99, lambda = 0.95. After a
               terminated episode V = 0; after a truncated one the value of its last
               observation is used. Target of the critic: advantage + value.
  Updates      4 passes over a rollout, each in 4 minibatches of 256 in a new order.
               Advantages are shifted and scaled to mean 0 and deviation 1 in each
               minibatch.
  Loss         -min(r A, clip(r, 0.8, 1.2) A) + 0.5 (V - target)^2 - 0.005 entropy,
               the mean over the minibatch. The gradient is not clipped.
  Optimiser    Adam: rate 0.001, constant; betas (0.9, 0.999), eps 1e-8.
  Report       Environment steps per second of training, rollouts included: the clock
               runs from the first step to the last update, without imports,
               construction and evaluation. Then the mean return of 100 episodes with
               actions drawn from the policy.

`--tuned` computes the same faster, within PyTorch and Gymnasium: the values of a
rollout in one call after it and not step by step, Adam's fused loop, and no checks of
the arguments of distributions.

Command lines
  pip install -r requirements.txt
  python ppo_pytorch.py --json ppo.json
  python ppo_pytorch.py --seed 1 --threads 2 --tuned
"""

import argparse
import json
import pathlib
import platform
import time

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode
from torch import nn
from torch.distributions import Categorical, Distribution

ENVIRONMENTS = 8
HORIZON = 128
ROLLOUT = ENVIRONMENTS * HORIZON
PASSES = 4
MINIBATCH = ROLLOUT // 4
HIDDEN = 64
LEARNING_RATE = 1e-3
BETAS = (0.9, 0.999)
EPS = 1e-8
GAMMA = 0.99
LAMBDA = 0.95
CLIP = 0.2
VALUE = 0.5
ENTROPY = 0.005
EPISODES = 100


# --- Networks --------------------------------------------------------------------


def network(inputs, outputs):
    sizes = (inputs, HIDDEN, HIDDEN, outputs)
    layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    for layer in layers:
        nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
        nn.init.zeros_(layer.bias)
    nn.init.zeros_(layers[-1].weight)
    return nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2])


class Agent(nn.Module):
    def __init__(self, inputs, actions):
        super().__init__()
        self.actor = network(inputs, actions)
        self.critic = network(inputs, 1)

    def policy(self, observations):
        return Categorical(logits=self.actor(observations))

    def values(self, observations):
        return self.critic(observations).squeeze(-1)


def environments(n, mode):
    return gymnasium.make_vec("CartPole-v1", num_envs=n, vectorization_mode=mode,
                              vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP})


# --- Training --------------------------------------------------------------------


class Trainer:
    def __init__(self, args):
        self.tuned = args.tuned
        self.envs = environments(ENVIRONMENTS, args.vector)
        inputs = self.envs.single_observation_space.shape[0]
        self.agent = Agent(inputs, self.envs.single_action_space.n)
        self.optimizer = torch.optim.Adam(self.agent.parameters(), lr=LEARNING_RATE, betas=BETAS,
                                          eps=EPS, fused=True if args.tuned else None)
        shape = (HORIZON, ENVIRONMENTS)
        self.observations = torch.zeros(*shape, inputs)
        self.next_observations = torch.zeros(*shape, inputs)  # before a reset
        self.actions = torch.zeros(shape, dtype=torch.int64)
        self.ln_p, self.rewards, self.values = (torch.zeros(shape) for _ in range(3))
        self.next_values, self.terminated, self.ended = (torch.zeros(shape) for _ in range(3))
        first, _ = self.envs.reset(seed=args.seed)
        self.observation = torch.as_tensor(first)

    @torch.no_grad()
    def rollout(self):
        for t in range(HORIZON):
            observation = self.observation
            policy = self.agent.policy(observation)
            action = policy.sample()
            self.observations[t] = observation
            self.actions[t] = action
            self.ln_p[t] = policy.log_prob(action)
            if not self.tuned:
                self.values[t] = self.agent.values(observation)
            following, reward, terminated, truncated, info = self.envs.step(action.numpy())
            self.observation = torch.as_tensor(following)
            self.rewards[t] = torch.as_tensor(reward)
            self.terminated[t] = torch.as_tensor(terminated)
            self.ended[t] = torch.as_tensor(terminated | truncated)
            self.next_observations[t] = self.observation
            if "final_obs" in info:
                for i in np.flatnonzero(info["_final_obs"]):
                    self.next_observations[t, i] = torch.as_tensor(info["final_obs"][i])
        if self.tuned:
            self.values = self.agent.values(self.observations)
            self.next_values = self.agent.values(self.next_observations)
            return
        self.next_values[:-1] = self.values[1:]
        self.next_values[-1] = self.agent.values(self.observation)
        over = self.ended.bool()
        if over.any():
            self.next_values[over] = self.agent.values(self.next_observations[over])

    @torch.no_grad()
    def advantages(self):
        delta = self.rewards + GAMMA * self.next_values * (1 - self.terminated) - self.values
        decay = GAMMA * LAMBDA * (1 - self.ended)
        advantages = torch.zeros_like(delta)
        after = torch.zeros(ENVIRONMENTS)
        for t in reversed(range(HORIZON)):
            after = delta[t] + decay[t] * after
            advantages[t] = after
        return advantages

    def update(self):
        """One rollout and the passes over it."""
        self.rollout()
        advantages = self.advantages()
        targets = (advantages + self.values).flatten()
        advantages = advantages.flatten()
        observations, actions, ln_old = (
            self.observations.flatten(0, 1), self.actions.flatten(), self.ln_p.flatten())
        for _ in range(PASSES):
            for part in torch.randperm(ROLLOUT).split(MINIBATCH):
                a = advantages[part]
                a = (a - a.mean()) / (a.std(correction=0) + 1e-8)
                policy = self.agent.policy(observations[part])
                ratio = (policy.log_prob(actions[part]) - ln_old[part]).exp()
                of_actor = torch.min(ratio * a, ratio.clamp(1 - CLIP, 1 + CLIP) * a)
                error = self.agent.values(observations[part]) - targets[part]
                loss = VALUE * error.square().mean() - of_actor.mean()
                loss = loss - ENTROPY * policy.entropy().mean()
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()


@torch.no_grad()
def evaluate(agent, seed):
    """The mean return of the first episode of each of `EPISODES` environments."""
    envs = environments(EPISODES, "sync")
    observation, _ = envs.reset(seed=seed)
    returns, running = np.zeros(EPISODES), np.ones(EPISODES, dtype=bool)
    while running.any():
        action = agent.policy(torch.as_tensor(observation)).sample()
        observation, reward, terminated, truncated, _ = envs.step(action.numpy())
        returns += reward * running
        running &= ~(terminated | truncated)
    envs.close()
    return returns.mean()


# --- The command line ------------------------------------------------------------


def parse_args():
    def rollouts(text):
        value = int(text)
        if value < 1 or value % ROLLOUT:
            raise argparse.ArgumentTypeError(f"must be a multiple of {ROLLOUT}")
        return value

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", metavar="N", type=rollouts, default=200 * ROLLOUT,
        help="environment steps of the training, all environments together (default %(default)s)")
    parser.add_argument("--seed", metavar="N", type=int, default=0,
        help="the seed of the weights, the environments and the actions (default %(default)s)")
    parser.add_argument("--threads", metavar="N", type=int, default=1,
        help="threads for PyTorch's kernels (default %(default)s: the fastest for these networks)")
    parser.add_argument("--vector", choices=["sync", "async"], default="sync",
        help="Gymnasium's vector of environments (default %(default)s: the faster one)")
    parser.add_argument("--tuned", action="store_true", help="compute the same faster, see above")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path,
        help="write versions, settings, speed and return here, as one JSON object")
    args = parser.parse_args()
    if args.json and not args.json.parent.is_dir():  # better now than after the training
        parser.error(f"--json: there is no folder {args.json.parent}")
    return args


def main():
    args = parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    if args.tuned:
        Distribution.set_default_validate_args(False)
    trainer = Trainer(args)
    start, cpu_start = time.perf_counter(), time.process_time()
    for _ in range(args.steps // ROLLOUT):
        trainer.update()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    trainer.envs.close()
    mean_return = evaluate(trainer.agent, args.seed + 10**6)
    print(f"training  {args.steps} steps of the environment, {args.steps / seconds:.0f} per second")
    print(f"return    {mean_return:.1f}: mean of {EPISODES} episodes")
    if args.json:
        result = {
            "versions": {
                "python": platform.python_version(),
                "numpy": np.__version__,
                "torch": torch.__version__,
                "gymnasium": gymnasium.__version__,
            },
            "settings": {k: v for k, v in vars(args).items() if k != "json"},
            "environment_steps": args.steps,
            "train_seconds": seconds,
            "train_cpu_seconds": cpu_seconds,
            "steps_per_second": args.steps / seconds,
            "return": mean_return,
        }
        args.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
