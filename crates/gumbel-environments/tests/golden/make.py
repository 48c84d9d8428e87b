"""Writes cartpole.txt and particles.txt: trajectories of Gymnasium's CartPole-v1 and of simple_spread_v3 of mpe2.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install gymnasium==1.4.0 mpe2==1.1.1
    /tmp/golden/bin/python crates/gumbel-environments/tests/golden/make.py

A line has one kind of record, its fields separated by blanks. Numbers have all digits (repr).

cartpole.txt     limit STEPS
                 start x x' a a'
                 step ACTION x x' a a' REWARD TERMINATED
particles.txt    limit STEPS
                 start positions landmarks               (speeds are 0)
                 step ACTIONS positions speeds REWARDS
                 observation of agent 0, 1, 2            (after each start and each last step)
"""

from pathlib import Path

import gymnasium
import numpy as np
from mpe2 import simple_spread_v3

FOLDER = Path(__file__).parent


def text(numbers):
    return " ".join(repr(float(x)) for x in np.concatenate([np.ravel(x) for x in numbers]))


def cartpole(lines):
    env = gymnasium.make("CartPole-v1")
    lines.append(f"limit {env.spec.max_episode_steps}")
    pole = env.unwrapped
    rng = np.random.default_rng(1)
    # Random pushes; one push only; pushes towards the lean, which keep the pole up for longer; a fast cart at the edge.
    policies = {
        "random": lambda state: rng.integers(2),
        "left": lambda state: 0,
        "lean": lambda state: int(state[2] + 0.4 * state[3] > 0),
    }
    runs = [("random", None)] * 6 + [("left", None), ("lean", None)]
    runs += [("random", [2.35, 1.0, 0.01, -0.2]), ("lean", [-2.3, -2.0, -0.1, 0.3])]
    for seed, (policy, start) in enumerate(runs):
        env.reset(seed=seed)
        if start is not None:
            pole.state = np.array(start)
        lines.append(f"start {text([pole.state])}")
        for _ in range(60):  # rounding errors grow with each step of an unstable system
            action = policies[policy](pole.state)
            _, reward, terminated, _, _ = env.step(action)
            lines.append(f"step {action} {text([pole.state])} {reward!r} {int(terminated)}")
            if terminated:
                break


def particles(lines):
    env = simple_spread_v3.parallel_env(max_cycles=25, local_ratio=0.5, continuous_actions=False)
    lines.append(f"limit {env.unwrapped.max_cycles}")
    rng = np.random.default_rng(2)
    # Wide starts, and narrow ones, where agents collide.
    for seed, width in enumerate([1.0, 0.4, 0.25, 0.1]):
        env.reset(seed=seed)
        world = env.unwrapped.world
        for entity in world.agents + world.landmarks:
            entity.state.p_pos = entity.state.p_pos * width
        agents, landmarks = world.agents, world.landmarks
        positions = lambda entities: [e.state.p_pos for e in entities]
        lines.append(f"start {text(positions(agents) + positions(landmarks))}")
        observe = lambda: [env.unwrapped.scenario.observation(a, world) for a in agents]
        lines.append(f"observation {text(observe())}")
        while env.agents:
            actions = {name: int(rng.integers(5)) for name in env.agents}
            _, rewards, terminations, _, _ = env.step(actions)
            assert not any(terminations.values())
            speeds = [a.state.p_vel for a in agents]
            moves = " ".join(str(a) for a in actions.values())
            lines.append(
                f"step {moves} {text(positions(agents) + speeds + [list(rewards.values())])}"
            )
        lines.append(f"observation {text(observe())}")


for make in (cartpole, particles):
    lines = []
    make(lines)
    (FOLDER / f"{make.__name__}.txt").write_text("\n".join(lines) + "\n")
