//===- MaskAnalysisTest.cpp - Which keys a tile of queries sees -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"

#include <gtest/gtest.h>

using namespace treadle;

namespace {

class MaskAnalysisTest : public testing::Test {
protected:
  MaskAnalysisTest() { context.loadDialect<TreadleDialect>(); }

  MaskAttr getMask(bool causal, int64_t window, bool prefix) {
    return MaskAttr::get(&context, causal, /*keysWithinLengths=*/false, window,
                         prefix, Alignment::BottomRight);
  }

  /// Compares the ranges with each pair of query and key.
  void check(MaskAttr mask, int64_t first, int64_t last, int64_t keys,
             int64_t prefix) {
    KeyRanges<int64_t> ranges =
        getKeyRanges(IntegerArithmetic(), mask, first, last, keys, prefix);
    ASSERT_LE(0, ranges.prefix);
    ASSERT_LE(ranges.prefix, ranges.begin);
    ASSERT_LE(ranges.begin, ranges.end);
    ASSERT_LE(ranges.end, keys);
    for (int64_t key = 0; key < keys; ++key) {
      bool any = false, all = true;
      for (int64_t position = first; position <= last; ++position) {
        bool visible = isVisible(mask, position, key, prefix);
        any |= visible;
        all &= visible;
      }
      bool isVisited =
          key < ranges.prefix || (key >= ranges.begin && key < ranges.end);
      // Every query sees the keys that are said to be whole, and those are all
      // such keys among the visited ones.
      bool isWhole = key < ranges.prefix ||
                     (key >= ranges.wholeBegin && key < ranges.wholeEnd);
      EXPECT_EQ(isVisited, any) << "key " << key;
      EXPECT_EQ(isWhole && isVisited, all) << "key " << key;
    }
  }

  mlir::MLIRContext context;
};

TEST_F(MaskAnalysisTest, AgreesWithEachPair) {
  for (bool causal : {false, true})
    for (int64_t window : {0, 1, 2, 5})
      for (bool hasPrefix : {false, true}) {
        if (hasPrefix && !causal && window == 0)
          continue;
        MaskAttr mask = getMask(causal, window, hasPrefix);
        for (int64_t first = -6; first <= 12; ++first)
          for (int64_t count : {1, 2, 4})
            for (int64_t keys : {0, 1, 5, 8})
              for (int64_t prefix : {-1, 0, 3, 20}) {
                SCOPED_TRACE(testing::Message()
                             << "causal " << causal << " window " << window
                             << " prefix " << hasPrefix << ' ' << prefix
                             << " first " << first << " count " << count
                             << " keys " << keys);
                check(mask, first, first + count - 1, keys, prefix);
                if (HasFailure())
                  return;
              }
      }
}

TEST_F(MaskAnalysisTest, NothingIsHiddenWithoutPositions) {
  check(MaskAttr::get(&context, false, true), 3, 5, 7, 0);
}

} // namespace
