//===- Version.cpp - treadle version, treadle targets ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Terminal.h"
#include "Verbs.h"

#include "treadle-c/Runtime.h"
#include "treadle/Compiler/Compiler.h"
#include "treadle/Formats/CpuFeatures.h"
#include "treadle/Formats/ModelDescription.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace treadle;

/// Those of the features that matter to generated code which this CPU has.
static std::vector<std::string> getHostFeatures() {
  std::vector<std::string> features;
  for (std::string_view feature : getKnownCpuFeatures())
    if (hostHasCpuFeature(feature))
      features.emplace_back(feature);
  return features;
}

int treadle::runVersion(const Arguments &arguments) {
  if (auto none = arguments.getPositional("", 0, 0); !none)
    return report(none.error());
  std::vector<std::string> features = getHostFeatures();
  std::string cpu = llvm::sys::getHostCPUName().str();
  if (arguments.has(OPT_json)) {
    llvm::json::OStream json(llvm::outs(), /*IndentSize=*/2);
    json.object([&] {
      json.attribute("treadle", getVersion());
      json.attribute("runtime", treadle_runtime_version());
      json.attribute("llvm", LLVM_VERSION_STRING);
      json.attribute("code_abi", int64_t(TREADLE_CODE_ABI));
      json.attribute("artifact_schema", kDescriptionSchema);
      json.attribute("cpu", cpu);
      json.attributeArray("cpu_features", [&] {
        for (const std::string &feature : features)
          json.value(feature);
      });
    });
    llvm::outs() << "\n";
    return 0;
  }
  llvm::outs() << "treadle " << getVersion() << "\n"
               << "runtime " << treadle_runtime_version() << ", code ABI "
               << TREADLE_CODE_ABI << ", artifact schema " << kDescriptionSchema
               << "\n"
               << "LLVM " << LLVM_VERSION_STRING << "\n"
               << "CPU " << cpu << "\n";
  return 0;
}

int treadle::runTargets(const Arguments &arguments) {
  if (auto none = arguments.getPositional("", 0, 0); !none)
    return report(none.error());
  llvm::SmallVector<llvm::StringRef> names;
  llvm::X86::fillValidCPUArchList(names, /*Only64Bit=*/true);
  llvm::sort(names);
  std::string host = llvm::sys::getHostCPUName().str();
  if (arguments.has(OPT_json)) {
    llvm::json::OStream json(llvm::outs(), /*IndentSize=*/2);
    json.object([&] {
      json.attribute("native", host);
      json.attributeArray("cpus", [&] {
        for (llvm::StringRef name : names)
          json.value(name);
      });
    });
    llvm::outs() << "\n";
    return 0;
  }
  llvm::outs() << "native (" << host << ")\n";
  for (llvm::StringRef name : names)
    llvm::outs() << name << "\n";
  return 0;
}
