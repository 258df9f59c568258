"""Treadle: texts in its dialect, compiled by the tool, run by the package."""

import subprocess

import ml_dtypes
import numpy as np
import treadle
from engines.base import Case, Engine, Unsupported, batch_variants
from safetensors.numpy import save_file

PRODUCT = """\
func.func @product(%x: tensor<?x{k}xf32> {{treadle.named = #treadle.named<"x", dims = ["rows", ""]>}})
    -> (tensor<?x{n}xf32> {{treadle.named = #treadle.named<"y", dims = ["rows", ""]>}}) {{
  %w = treadle.parameter "weight" : tensor<{n}x{k}xf32>
  %y = treadle.linear %x, %w : (tensor<?x{k}xf32>, tensor<{n}x{k}xf32>) -> tensor<?x{n}xf32>
  return %y : tensor<?x{n}xf32>
}}
"""

# {g} query heads share a head of keys. A head of keys is (g), a query head (g, r).
ATTENTION = """\
func.func @attention(
    %q: tensor<1x{g}x{r}x{m}x{d}xf32> {{treadle.named = #treadle.named<"q", dims = ["", "", "", "{queries}", ""]>}},
    %k: tensor<1x{g}x?x{d}x{stored}> {{treadle.named = #treadle.named<"k", dims = ["", "", "keys", ""]>}},
    %v: tensor<1x{g}x?x{d}x{stored}> {{treadle.named = #treadle.named<"v", dims = ["", "", "keys", ""]>}})
    -> (tensor<1x{g}x{r}x{m}x{d}xf32> {{treadle.named = #treadle.named<"y", dims = ["", "", "", "{queries}", ""]>}}) {{
  %y = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) {mask}
      indexing_maps = [affine_map<(b, g, r, m, n, d, e) -> (b, g, r, m, d)>,
                       affine_map<(b, g, r, m, n, d, e) -> (b, g, n, d)>,
                       affine_map<(b, g, r, m, n, d, e) -> (b, g, n, e)>,
                       affine_map<(b, g, r, m, n, d, e) -> (b, g, r, m, e)>]
      : (tensor<1x{g}x{r}x{m}x{d}xf32>, tensor<1x{g}x?x{d}x{stored}>, tensor<1x{g}x?x{d}x{stored}>)
        -> tensor<1x{g}x{r}x{m}x{d}xf32>
  return %y : tensor<1x{g}x{r}x{m}x{d}xf32>
}}
"""


#: What keys and values may be stored as.
STORED = {"f32": np.float32, "bf16": ml_dtypes.bfloat16, "f16": np.float16}


class Treadle(Engine):
    def __init__(self, context):
        super().__init__(context)
        self.artifacts = set()  # those that this process has made

    def product(self, workload, constants):
        text = PRODUCT.format(n=workload.columns, k=workload.inner)

        def make():
            folder = self._write(f"product-{workload.columns}x{workload.inner}", text, constants)
            return self._load(folder, "y", lambda data: {"x": data["x"]})

        return {"any number of rows": make}

    def attention(self, workload, constants):
        parts = ["causal"] if workload.causal else []
        if workload.window:
            parts.append(f"window = {workload.window}")
        mask = f"mask(#treadle.mask<{', '.join(parts)}>)" if parts else ""
        # A step of decoding is compiled for the one query that it has, and for any number of keys.
        m, queries = ("1", "") if workload.decodes else ("?", "queries")
        length = "one query, any number of keys" if workload.decodes else "any length"

        def make(stored):
            text = ATTENTION.format(
                g=workload.key_heads,
                r=workload.group,
                d=workload.width,
                m=m,
                queries=queries,
                mask=mask,
                stored=stored,
            )

            def prepare(data):
                shape = (1, workload.key_heads, workload.group, workload.queries, workload.width)
                k, v = (data[name].astype(STORED[stored], copy=False) for name in "kv")
                return {"q": data["q"].reshape(shape), "k": k, "v": v}

            case = self._load(self._write(f"{workload.name}-{stored}", text, {}), "y", prepare)
            shape = (1, workload.heads, workload.queries, workload.width)
            return Case(case.prepare, case.run, lambda y: y.reshape(shape))

        # In another precision callers may have rounded what they keep, as caches are kept.
        return {
            f"{length}, {stored} keys": lambda stored=stored: make(stored)
            for stored in dict.fromkeys(["f32", self.context.precision])
        }

    def sentences(self, workload, constants):
        def make():
            artifact = self._compile([workload.model], "minilm.treadle")
            return self._load(artifact, "embeddings", dict)

        return batch_variants(workload, {"ragged batch": make})

    def _write(self, name, text, weights):
        """Compiles a text with these parameters; returns the artifact."""
        folder = self.context.output / "texts" / name
        (folder / "weights").mkdir(parents=True, exist_ok=True)
        (folder / "program.mlir").write_text(text)
        save_file(weights, folder / "weights" / "model.safetensors")
        return self._compile(
            [folder / "program.mlir", f"--weights={folder / 'weights'}"], f"{name}.treadle"
        )

    def _compile(self, arguments, name):
        artifact = self.context.output / "artifacts" / self.context.precision / name
        if artifact in self.artifacts:
            return artifact
        artifact.parent.mkdir(parents=True, exist_ok=True)
        precision = self.context.precision
        options = [] if precision == "f32" else [f"--precision={precision}"]
        command = [self.context.tool, "compile", *arguments, *options, "-o", artifact, "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            # The driver does not know the precision, or the program cannot be computed in it.
            if options:
                raise Unsupported(f"{options[0]}: {done.stderr.strip()}")
            raise RuntimeError(done.stderr.strip())
        self.artifacts.add(artifact)
        return artifact

    def _load(self, artifact, output, prepare):
        model = treadle.load(artifact, self.context.threads)

        def run(inputs):
            return model.run(None, **inputs)[output]

        return Case(prepare, run, reload=lambda: self._load(artifact, output, prepare))
