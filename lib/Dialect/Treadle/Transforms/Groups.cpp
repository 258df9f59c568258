//===- Groups.cpp - What is made in one parallel loop -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Groups.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

std::optional<unsigned> treadle::getPairDim(linalg::GenericOp product) {
  SmallVector<unsigned> reduced;
  product.getReductionDims(reduced);
  SmallVector<AffineMap> maps = product.getIndexingMapsArray();
  if (reduced.size() != 2 || maps[0].getNumResults() == 0 ||
      maps[1].getNumResults() == 0 ||
      product.getStaticLoopRanges()[reduced[1]] != 2)
    return std::nullopt;
  AffineExpr pair = getAffineDimExpr(reduced[1], product.getContext());
  if (maps[0].getResults().back() != pair ||
      maps[1].getResults().back() != pair)
    return std::nullopt;
  return reduced[1];
}

bool treadle::isProduct(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic.getNumDpsInputs() != 2 ||
      generic.getNumDpsInits() != 1 ||
      !llvm::all_of(generic.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isProjectedPermutation(); }))
    return false;
  if (generic.getNumReductionLoops() != 1 && !getPairDim(generic))
    return false;
  AffineMap left = generic.getIndexingMapsArray()[0],
            right = generic.getIndexingMapsArray()[1],
            result = generic.getIndexingMapsArray()[2];
  SmallVector<unsigned> reduced;
  generic.getReductionDims(reduced);
  auto column =
      dyn_cast<AffineDimExpr>(result.getResult(result.getNumResults() - 1));
  return column && left.isFunctionOfDim(reduced[0]) &&
         right.isFunctionOfDim(reduced[0]) &&
         right.isFunctionOfDim(column.getPosition()) &&
         !left.isFunctionOfDim(column.getPosition());
}

/// Whether nobody but the members of a group reads the content of `op`'s
/// result.
static bool isReadByMembersOnly(Operation *op, const Group &group) {
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    return isa<tensor::DimOp>(user) || group.members.contains(user);
  });
}

/// Whether `operand` is read at the rows that the result is made at, and no
/// others: what is reduced lies in one row of known width. All tokens of a
/// sequence, which is what pooling reads, are no thread's own.
static bool isReadByRow(linalg::LinalgOp op, OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (map.getNumResults() == 0 || result.getNumResults() == 0 ||
      map.getResult(0) != result.getResult(0))
    return false;
  auto isInResult = [&](AffineExpr expr) {
    return llvm::is_contained(result.getResults(), expr);
  };
  return llvm::all_of(map.getResults().drop_back(), isInResult) &&
         (isInResult(map.getResults().back()) ||
          !ShapedType::isDynamic(op.getShape(&operand).back()));
}

bool treadle::isProductOfPanels(linalg::GenericOp product) {
  MLIRContext *context = product.getContext();
  AffineExpr m, panel, k, column, half;
  bindDims(context, m, panel, k, column, half);
  auto maps = [&](unsigned dims, ArrayRef<AffineExpr> left,
                  ArrayRef<AffineExpr> right) {
    return SmallVector<AffineMap>{
        AffineMap::get(dims, 0, left, context),
        AffineMap::get(dims, 0, right, context),
        AffineMap::get(dims, 0, {m, panel, column}, context)};
  };
  SmallVector<AffineMap> given = product.getIndexingMapsArray();
  return given == maps(4, {m, k}, {panel, k, column}) ||
         given == maps(5, {m, k, half}, {panel, k, column, half});
}

/// Whether an operation is the last of a group already: no other takes it.
static bool isDecided(Operation *op) {
  return isa_and_present<RowsAttr>(op->getAttr(kLoweringAttrName));
}

Value treadle::getDestination(Group &group) {
  Value destination = group.root.getDpsInits()[0];
  while (auto definition = destination.getDefiningOp<linalg::LinalgOp>()) {
    if (!group.members.contains(definition))
      break;
    destination = definition.getDpsInits()[0];
  }
  return destination;
}

/// Elements of the rows of the left operand of a product of panels, or
/// `ShapedType::kDynamic`.
static int64_t getRowElements(linalg::GenericOp product) {
  auto left = cast<ShapedType>(product.getDpsInputs()[0].getType());
  int64_t elements = 1;
  for (int64_t extent : left.getShape().drop_front()) {
    if (ShapedType::isDynamic(extent))
      return ShapedType::kDynamic;
    elements *= extent;
  }
  return elements;
}

Value treadle::getWhole(Value tensor) {
  while (Operation *op = tensor.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp,
             tensor::ExtractSliceOp>(op))
      break;
    tensor = op->getOperand(0);
  }
  return tensor;
}

/// Whether nobody but `reader` reads the content of a tensor.
static bool isReadBy(Value tensor, Operation *reader) {
  return llvm::all_of(tensor.getUsers(), [&](Operation *user) {
    return user == reader || isa<tensor::DimOp>(user);
  });
}

/// What makes the rows of the left operand of a product of panels row by row
/// and is read by nothing else, or null.
static linalg::LinalgOp findRows(linalg::GenericOp product) {
  if (!isProductOfPanels(product))
    return {};
  // Rows are split into pairs after they are made.
  Value left = product.getDpsInputs()[0];
  Operation *reader = product;
  if (auto split = left.getDefiningOp<tensor::ExpandShapeOp>()) {
    left = split.getSrc();
    reader = split;
  }
  auto made = left.getDefiningOp<linalg::LinalgOp>();
  if (!made || isa<linalg::FillOp, linalg::CopyOp>(made) || isDecided(made) ||
      isProduct(made) || made->getBlock() != product->getBlock() ||
      made->getNumResults() != 1 ||
      cast<ShapedType>(left.getType()).getRank() != 2 ||
      made.getNumLoops() != made.getNumParallelLoops() ||
      !isReadBy(left, reader) || !isReadBy(product.getDpsInputs()[0], product))
    return {};
  AffineMap result = made.getMatchingIndexingMap(made.getDpsInitOperand(0));
  if (!result.isIdentity() || !made.hasPureTensorSemantics())
    return {};
  // Each of its inputs is read at the same row, or is alike for all rows.
  AffineExpr row = result.getResult(0);
  for (OpOperand *operand : made.getDpsInputOperands()) {
    AffineMap map = made.getMatchingIndexingMap(operand);
    if (!map.isProjectedPermutation() ||
        (map.isFunctionOfDim(0) && map.getResult(0) != row))
      return {};
  }
  return made;
}

/// Whether a group writes to what `rows` reads, of which other blocks then
/// would find the new content.
static bool overwrites(Group &group, const Group &rows) {
  Value place = getWhole(getDestination(group));
  return !place.getDefiningOp<tensor::EmptyOp>() &&
         llvm::any_of(rows.members, [&](Operation *member) {
           return llvm::any_of(member->getOperands(), [&](Value operand) {
             return getWhole(operand) == place;
           });
         });
}

std::optional<Group> treadle::collectPrologue(Group &group) {
  linalg::LinalgOp made = findRows(group.product);
  if (!made)
    return std::nullopt;
  Group rows = collectGroup(made);
  if (rows.product || overwrites(group, rows))
    return std::nullopt;
  return rows;
}

/// Whether blocks of a product make the rows of its left operand: the decision
/// brings whole rows, for all panels.
static bool makesRows(linalg::GenericOp product) {
  auto decision = product->getAttrOfType<ProductAttr>(kLoweringAttrName);
  if (!decision || !isProductOfPanels(product))
    return false;
  int64_t elements = getRowElements(product);
  auto right = cast<ShapedType>(product.getDpsInputs()[1].getType());
  return !ShapedType::isDynamic(elements) && !right.isDynamicDim(0) &&
         decision.getReduction() >= elements &&
         decision.getBlockColumns() / decision.getTileColumns() >=
             right.getDimSize(0);
}

/// The group whose first columns `copy` takes, all of that which is read of its
/// result; nothing where it copies something else.
static std::optional<Group> collectCropped(linalg::CopyOp copy) {
  auto slice = copy.getInputs()[0].getDefiningOp<tensor::ExtractSliceOp>();
  if (isDecided(copy) || !copy.hasPureTensorSemantics() ||
      !copy.getOutputs()[0].getDefiningOp<tensor::EmptyOp>() || !slice ||
      slice.getType().getRank() != 2 || slice.getType().isDynamicDim(1) ||
      !slice.hasZeroOffset() || !slice.hasUnitStride())
    return std::nullopt;
  auto flat = slice.getSource().getDefiningOp<tensor::CollapseShapeOp>();
  if (!flat || flat.getSrcType().getRank() != 3 ||
      flat.getSrcType().isDynamicDim(2) ||
      flat.getReassociationIndices().front().size() != 1)
    return std::nullopt;
  auto root = flat.getSrc().getDefiningOp<linalg::LinalgOp>();
  if (!root || isa<linalg::CopyOp>(root) || isDecided(root) ||
      root->getBlock() != copy->getBlock() || root->getNumResults() != 1 ||
      !isReadBy(slice, copy) || !isReadBy(flat, slice) ||
      !isReadBy(flat.getSrc(), flat))
    return std::nullopt;
  Group group = collectGroup(root);
  if (!group.product || !isProductOfPanels(group.product) ||
      !getDestination(group).getDefiningOp<tensor::EmptyOp>() ||
      !group.product.getDpsInits()[0].getDefiningOp<linalg::FillOp>())
    return std::nullopt;
  group.crop = cast<linalg::LinalgOp>(copy.getOperation());
  return group;
}

Group treadle::collectGroup(linalg::LinalgOp root) {
  if (auto copy = dyn_cast<linalg::CopyOp>(root.getOperation()))
    if (std::optional<Group> cropped = collectCropped(copy))
      return *cropped;
  Group group;
  group.root = root;
  group.members.insert(root);
  Block *block = root->getBlock();
  // What is copied has a place already, which no block of its own could take.
  if (isa<linalg::CopyOp>(root))
    return group;
  if (isProduct(root))
    group.product = cast<linalg::GenericOp>(root.getOperation());

  // An elementwise operation and the product that it reads.
  if (!group.product && root.getNumLoops() == root.getNumParallelLoops())
    for (OpOperand *operand : root.getDpsInputOperands()) {
      Operation *definition = operand->get().getDefiningOp();
      if (!definition || definition->getBlock() != block ||
          !isProduct(definition) || isDecided(definition) ||
          !isReadByMembersOnly(definition, group) ||
          root.getMatchingIndexingMap(operand) !=
              root.getMatchingIndexingMap(root.getDpsInitOperand(0)))
        continue;
      group.product = cast<linalg::GenericOp>(definition);
      group.members.insert(definition);
      break;
    }

  if (group.product && makesRows(group.product))
    if (std::optional<Group> rows = collectPrologue(group)) {
      group.prologue = rows->root;
      group.members.insert(rows->members.begin(), rows->members.end());
    }

  // Otherwise what is made row by row: reductions of a row, and what is done
  // with them.
  for (size_t i = 0; i < group.members.size(); ++i) {
    auto member = cast<linalg::LinalgOp>(group.members[i]);
    for (OpOperand &operand : member->getOpOperands()) {
      auto definition = operand.get().getDefiningOp<linalg::LinalgOp>();
      // What has two results is made as a whole, where it is.
      if (!definition || definition->getBlock() != block ||
          definition->getNumResults() != 1)
        continue;
      // What is copied is a group of its own, here as above.
      if (isDecided(definition) || isa<linalg::CopyOp>(definition))
        continue;
      if (isa<linalg::FillOp>(definition) ||
          (!group.product && !isProduct(definition) &&
           isReadByRow(member, operand) &&
           isReadByMembersOnly(definition, group) &&
           !collectGroup(definition).product))
        group.members.insert(definition);
    }
  }
  return group;
}

SmallVector<Group> treadle::collectGroups(Block &block) {
  SmallVector<Group> groups;
  llvm::SmallPtrSet<Operation *, 16> taken;
  for (Operation &op : llvm::reverse(block)) {
    auto root = dyn_cast<linalg::LinalgOp>(&op);
    if (!root || isa<linalg::FillOp>(op) || taken.contains(&op))
      continue;
    // A part is one of one tensor. What is on buffers already stays as it is.
    if (!root.hasPureTensorSemantics() || root->getNumResults() != 1)
      continue;
    groups.push_back(collectGroup(root));
    taken.insert(groups.back().members.begin(), groups.back().members.end());
  }
  return groups;
}
