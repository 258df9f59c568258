//===- Archive.td - A dialect that searches archives -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Archive_Dialect : Dialect {
  let name = "archive";
  let cppNamespace = "::archive";
  let summary = "Questions to archives of sections";
}

def Archive_SearchOp : Op<Archive_Dialect, "search", [Pure]> {
  let summary = "the notes of the sections that answer a question";
  let description = [{
    An archive b has counts[b] sections; each has a vector s that tells what it
    is about, and a note. A question q gets the mean of its archive's notes,
    weighted by how well each section answers:

        weight(m, n) = exp(sharpness · q(m) · s(n)) / Σ_n' exp(sharpness · q(m) · s(n'))
        result(m, :) = Σ_n weight(m, n) note(n, :)          over n, n' < counts[b]

    The sharper, the nearer it is to the best section's note alone. An archive
    without a section gives zeros.

    ```mlir
    %r = archive.search %questions in %sections notes(%notes) counts(%counts) sharpness(4.0)
        : (tensor<?x?x64xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<?xi64>)
          -> tensor<?x?x16xf32>
    ```

    Lowered by `archive-lower-search` to `treadle.attention`.
  }];
  let arguments = (ins
    3DTensorOf<[F32]>:$questions,  // [archives, questions, width]
    3DTensorOf<[F32]>:$sections,   // [archives, sections, width]
    3DTensorOf<[F32]>:$notes,      // [archives, sections, width of a note]
    1DTensorOf<[I64]>:$counts,     // [archives]
    F64Attr:$sharpness);
  let results = (outs 3DTensorOf<[F32]>:$result);
  let assemblyFormat = [{
    $questions `in` $sections `notes` `(` $notes `)` `counts` `(` $counts `)`
    `sharpness` `(` $sharpness `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
