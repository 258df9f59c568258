//===- Specification.cpp - What docs/Spec.md says of an operation ---------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Specification.h"

#include "llvm/ADT/StringMap.h"

/// docs/Spec.md as it was when this program was built.
static constexpr llvm::StringLiteral text =
#include "Spec.inc"
    ;

/// Whether a section's part that an editor shows ends before this line.
static bool endsExcerpt(llvm::StringRef line) {
  return line.starts_with("- (C1)") || line.starts_with("```mlir");
}

/// The shown part of each section, by the title, "treadle.linear".
static llvm::StringMap<llvm::StringRef> readSections() {
  llvm::StringMap<llvm::StringRef> sections;
  llvm::StringRef title, rest = text;
  const char *begin = nullptr; // Of the section that is being read.
  while (true) {
    llvm::StringRef line = rest.split('\n').first;
    bool isHeading = line.starts_with("#");
    if (begin && (isHeading || endsExcerpt(line) || rest.empty())) {
      sections[title] = llvm::StringRef(begin, line.begin() - begin).trim();
      begin = nullptr;
    }
    if (rest.empty())
      return sections;
    if (isHeading) {
      title = line.ltrim("# ");
      begin = line.end();
    }
    rest = rest.split('\n').second;
  }
}

llvm::StringRef getSpecification(llvm::StringRef operation) {
  static const llvm::StringMap<llvm::StringRef> sections = readSections();
  return sections.lookup(operation);
}
