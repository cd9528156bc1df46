"""Untrained networks are mended until their output depends on their input."""

import unittest

import torch
from torch import nn

from tideline_export import initialise, reference
from tideline_export.network import InputSpec, Network


def deep_network() -> nn.Sequential:
    """Deep enough that default BatchNorm statistics let the signal fade."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(24):
        layers += [nn.Conv2d(8 if layers else 3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU6()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)).eval()


SPECS = [InputSpec((3, 16, 16), kind="image")]


def sensitivity(module: nn.Module) -> float:
    return reference.make(Network(module, "n", "s", "none", SPECS), seed=0).sensitivity()


class InitialiseTest(unittest.TestCase):
    def test_calibrated_batch_norms_make_the_output_depend_on_the_input(self):
        module = deep_network()
        before = sensitivity(module)
        self.assertLess(before, reference.LEAST_SENSITIVITY)
        self.assertEqual(initialise.calibrate_batch_norms(module, SPECS, seed=0), 24)
        self.assertGreater(sensitivity(module), reference.LEAST_SENSITIVITY)

    def test_calibration_leaves_the_network_in_eval_mode_with_its_momentum(self):
        module = deep_network()
        initialise.calibrate_batch_norms(module, SPECS, seed=0)
        self.assertFalse(any(layer.training for layer in module.modules()))
        self.assertEqual(module[1].momentum, 0.1)

    def test_calibration_depends_on_the_seed_alone(self):
        means = []
        for seed in (0, 0, 1):
            module = deep_network()
            initialise.calibrate_batch_norms(module, SPECS, seed)
            means.append(module[4].running_mean)
        self.assertTrue(torch.equal(means[0], means[1]))
        self.assertFalse(torch.equal(means[0], means[2]))

    def test_zero_weights_are_drawn_anew_and_biases_are_left(self):
        module = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
        for parameter in (module[1].weight, module[2].weight, module[2].bias):
            nn.init.zeros_(parameter)
        first = module[0].weight.detach().clone()
        self.assertEqual(initialise.redraw_zero_weights(module), ["1.weight", "2.weight"])
        self.assertGreater(module[2].weight.abs().max().item(), 0.01)
        self.assertTrue(torch.equal(module[1].weight, torch.ones(4)))
        self.assertTrue(torch.equal(module[2].bias, torch.zeros(2)))
        self.assertTrue(torch.equal(module[0].weight, first))

    def test_inputs_do_not_depend_on_the_number_of_threads(self):
        specs = [InputSpec((3, 224, 224), kind="image")]
        threads = torch.get_num_threads()
        self.addCleanup(torch.set_num_threads, threads)
        drawn = []
        for count in (1, 4):
            torch.set_num_threads(count)
            drawn.append(reference.draw_inputs(specs, 1, 1)[0])
        self.assertTrue(torch.equal(*drawn))

    def test_image_inputs_are_smooth_with_noise_and_differ(self):
        a, b = (reference.draw_inputs(SPECS, 1, seed)[0] for seed in (1, 2))
        self.assertGreater((a - b).abs().max().item(), 1.0)
        neighbours = (a[..., 1:] - a[..., :-1]).std()
        self.assertLess(neighbours.item(), 0.7 * a.std().item())
        self.assertGreater(neighbours.item(), 0.1)


if __name__ == "__main__":
    unittest.main()
