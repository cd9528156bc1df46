"""Real photographs through real daemons: the answers by the cloud are those of the unsplit network."""

import tempfile
import unittest

from cases import SiteCase
from daemons import adaptive, photographs


class Photographs(SiteCase):
    @classmethod
    def setUpClass(cls):
        cls.images = photographs(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def run_site(self, model, cloud=True, **partition):
        site = self.new_site(model, **partition)
        if cloud:
            site.start_cloud()
            records = site.run_edge(self.images, cloud={"wait": "60s"})
        else:
            records = site.run_edge(self.images)
        self.assertEqual([r for r in records if r.get("error")], [])
        self.assertGreater(len(records), 15)
        return {record["id"]: record for record in records}

    def outputs(self, records):
        return {name: record["outputs"] for name, record in records.items()}

    def paths(self, records):
        return {record["path"] for record in records.values()}

    def test_split_answers_are_bit_equal_to_the_unsplit_network(self):
        for model, cut in (("mobilenet_v2", "features.6"), ("resnet50", "layer2.0")):
            with self.subTest(model=model):
                whole = self.run_site(model, cut="edge", cloud=False)
                split = self.run_site(model, cut=cut)
                self.assertEqual(self.paths(whole), {"edge"})
                self.assertEqual(self.paths(split), {"split"})
                self.assertEqual(self.outputs(split), self.outputs(whole))
                self.assertGreater(len({str(o) for o in self.outputs(whole).values()}), 15)

    def test_an_input_sent_raw_is_bit_equal_too(self):
        whole = self.run_site("mobilenet_v2", cut="edge", cloud=False)
        raw = self.run_site("mobilenet_v2", cut="input", codec="raw")
        self.assertEqual(self.paths(raw), {"cloud"})
        self.assertEqual(self.outputs(raw), self.outputs(whole))
        jpeg = self.run_site("mobilenet_v2", cut="input", codec="jpeg")
        self.assertLess(sum(r["bytes_up"] for r in jpeg.values()),
                        sum(r["bytes_up"] for r in raw.values()) / 3)

    def test_answers_are_the_same_whether_tensors_were_sent_while_they_were_encoded(self):
        # Of several slices, and of one piece: both carry the same symbols.
        streamed = self.run_site("mobilenet_v2", cut="features.0.0", codec="int4/dense")
        at_once = self.run_site("mobilenet_v2", cut="features.0.0", codec="int4/stored")
        self.assertEqual(self.paths(streamed), {"split"})
        self.assertEqual(self.outputs(streamed), self.outputs(at_once))
        # Of two tensors, the first of which does not wait for the second.
        whole = self.run_site("resnet18", cut="edge", cloud=False)
        both = self.run_site("resnet18", cut="layer1.0.conv1+maxpool")
        self.assertEqual(self.paths(both), {"split"})
        self.assertEqual(self.outputs(both), self.outputs(whole))
        for record in (*streamed.values(), *at_once.values(), *both.values()):
            spent = record["latency_ms"]
            parts = sum(value for name, value in spent.items() if name != "total")
            self.assertLess(parts, spent["total"] + 0.01, record)
            self.assertGreaterEqual(min(spent.values()), 0, record)

    def test_a_smaller_model_answers_where_the_whole_one_does_not_fit(self):
        settings = {"cut": "features.3", "fallback": "mobilenet_v3_small",
                    "limits": {"edge_memory": "16MiB"}}
        alone = self.run_site("mobilenet_v2", cloud=False, **settings)
        self.assertEqual(self.paths(alone), {"fallback"})
        self.assertEqual({r["model"] for r in alone.values()}, {"mobilenet_v3_small"})
        with_cloud = self.run_site("mobilenet_v2", **settings)
        self.assertEqual(self.paths(with_cloud), {"split"})
        self.assertEqual({r["model"] for r in with_cloud.values()}, {"mobilenet_v2"})

    def test_so_it_does_beside_a_cut_that_is_chosen_for_each_request(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        settings = {**adaptive("mobilenet_v2", "fake:100us", folder),
                    "fallback": "mobilenet_v3_small", "limits": {"edge_memory": "16MiB"}}
        alone = self.run_site("mobilenet_v2", cloud=False, **settings)
        self.assertEqual(self.paths(alone), {"fallback"})
        self.assertEqual({r["model"] for r in alone.values()}, {"mobilenet_v3_small"})
        with_cloud = self.run_site("mobilenet_v2", **settings)
        self.assertLessEqual(self.paths(with_cloud), {"split", "cloud"})
        self.assertEqual({r["model"] for r in with_cloud.values()}, {"mobilenet_v2"})


if __name__ == "__main__":
    unittest.main()
