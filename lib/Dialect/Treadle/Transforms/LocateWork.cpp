//===- LocateWork.cpp - Say in locations what work code does -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Work.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

namespace treadle {
#define GEN_PASS_DEF_LOCATEWORKPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

static void setLocation(Operation *op, Location location) {
  op->walk([&](Operation *inner) {
    inner->setLoc(location);
    for (Region &region : inner->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments())
          argument.setLoc(location);
  });
}

namespace {
struct LocateWorkPass
    : public treadle::impl::LocateWorkPassBase<LocateWorkPass> {
  void runOnOperation() override {
    // Places in a text would look like pieces of work. Line tables want a place
    // of each call, and line 0 is one of nothing.
    setLocation(getOperation(), FileLineColLoc::get(&getContext(), "", 0, 0));
    unsigned number = 0;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal() || function->hasAttr(kPreparedAttrName))
        continue;
      for (PieceOfWork &piece : collectWork(function)) {
        Location location =
            FileLineColLoc::get(&getContext(), piece.name, ++number, 1);
        setLocation(piece.last, location);
        if (piece.attention)
          setLocation(piece.attention, location);
        if (piece.group)
          for (Operation *member : piece.group->members)
            setLocation(member, location);
      }
    }
  }
};
} // namespace
