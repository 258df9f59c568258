//===- Options.td - The options of the verbs ---------------*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// One table for all verbs. An option's visibility says which verbs have it;
// those that several verbs share are written once.
//
//===----------------------------------------------------------------------===//

include "llvm/Option/OptParser.td"

def CompileVerb : OptionVisibility;
def RunVerb : OptionVisibility;
def BenchVerb : OptionVisibility;
def InspectVerb : OptionVisibility;
def CheckVerb : OptionVisibility;
def TuneVerb : OptionVisibility;
def ReportVerb : OptionVisibility; // version, targets
def PlainVerb : OptionVisibility;  // explain, help, completion

class Of<list<OptionVisibility> verbs> {
  list<OptionVisibility> Visibility = verbs;
}

class Flag_<string name, string help> : Flag<["--"], name>, HelpText<help>;

// --NAME=VALUE and --NAME VALUE; NAME is what code asks for.
multiclass Value<string name, string metavar, string help,
                 list<OptionVisibility> verbs> {
  def NAME : Joined<["--"], name # "=">, MetaVarName<metavar>, HelpText<help>,
             Of<verbs>;
  def NAME # _separate : Separate<["--"], name>,
                         Alias<!cast<Option>(NAME)>, Of<verbs>;
}

// Every verb.
def help : Flag_<"help", "Print this">,
    Of<[CompileVerb, RunVerb, BenchVerb, InspectVerb, CheckVerb, ReportVerb,
        PlainVerb, TuneVerb]>;
def help_short : Flag<["-"], "h">, Alias<help>,
    Of<[CompileVerb, RunVerb, BenchVerb, InspectVerb, CheckVerb, ReportVerb,
        PlainVerb, TuneVerb]>;

// Verbs that report.
def json : Flag_<"json", "Print JSON">,
    Of<[RunVerb, BenchVerb, InspectVerb, CheckVerb, ReportVerb]>;

// Verbs that use threads.
defm threads : Value<"threads", "N",
    "Use N threads instead of one for each CPU",
    [CompileVerb, RunVerb, BenchVerb, CheckVerb, TuneVerb]>;
def threads_short : JoinedOrSeparate<["-"], "t">, Alias<threads>,
    Of<[CompileVerb, RunVerb, BenchVerb, CheckVerb, TuneVerb]>;

// compile and run write files.
def output : JoinedOrSeparate<["-"], "o">, MetaVarName<"PATH">,
    HelpText<"Write to PATH">, Of<[CompileVerb, RunVerb, TuneVerb]>;
def output_joined : Joined<["--"], "output=">, Alias<output>,
    Of<[CompileVerb, RunVerb, TuneVerb]>;
def output_separate : Separate<["--"], "output">, Alias<output>,
    Of<[CompileVerb, RunVerb, TuneVerb]>;

// compile.
defm weights : Value<"weights", "DIR",
    "Folder with the parameters of an .mlir", [CompileVerb, CheckVerb, TuneVerb]>;
defm mcpu : Value<"mcpu", "CPU",
    "Make code for CPU, by LLVM's name; 'native' is the default",
    [CompileVerb]>;
defm cores : Value<"cores", "N",
    "Decide for N cores; those of this machine are the default, or one with "
    "--mcpu. Any number of threads can run the code", [CompileVerb]>;
defm attention : Value<"attention", "STRATEGY",
    "Lower attention by STRATEGY: online, rows, split, decomposed; 'auto' is "
    "the default", [CompileVerb]>;
def mcpu_clang : Joined<["-"], "mcpu=">, Alias<mcpu>, Of<[CompileVerb]>;
def optimize : Joined<["-"], "O">, MetaVarName<"LEVEL">,
    HelpText<"Optimise machine code: 0 to 3, the default">, Of<[CompileVerb]>;
defm precision : Value<"precision", "TYPE",
    "Make products of TYPE: f32, the default, or bf16, whose sums are f32",
    [CompileVerb, TuneVerb]>;
defm emit : Value<"emit", "KIND",
    "Make an 'artifact' (the default), 'obj' (model.o and model.h instead of "
    "model.so) or 'asm' (one file of assembly text)", [CompileVerb]>;
defm decisions : Value<"decisions", "FILE",
    "Obey the decisions in FILE: an artifact's decisions.txt", [CompileVerb]>;
def remarks : Flag_<"remarks", "Say what was decided of each piece of work, and why">,
    Of<[CompileVerb]>;
defm work : Value<"work", "NAME",
    "With --emit=asm: print the code of the piece of work NAME alone", [CompileVerb]>;
def debug : Flag<["-"], "g">,
    HelpText<"With --emit=asm: say which piece of work code is of">,
    Of<[CompileVerb]>;
def profile : Flag_<"profile",
    "With compile: count what time is spent on. With bench: print that">,
    Of<[CompileVerb, BenchVerb]>;
defm stop_at : Value<"stop-at", "STAGE",
    "Print the IR of STAGE and stop: model, structured, tiled, buffers, llvm",
    [CompileVerb]>;
defm print_ir_after : Value<"print-ir-after", "STAGE",
    "Print the IR of STAGE to stderr; may be given again", [CompileVerb]>;
def time_report : Flag_<"time-report", "Print how long each phase took">,
    Of<[CompileVerb]>;
def verbose : Flag<["-"], "v">,
    HelpText<"Say what is being done, a line for each phase">,
    Of<[CompileVerb]>;
def quiet : Flag_<"quiet", "Print diagnostics alone">, Of<[CompileVerb]>;
def quiet_short : Flag<["-"], "q">, Alias<quiet>, Of<[CompileVerb]>;

// run, bench and check.
defm entry : Value<"entry", "NAME",
    "Call the entry point NAME instead of the first", [RunVerb, BenchVerb, CheckVerb, TuneVerb]>;
defm input : Value<"input", "NAME=@FILE",
    "Read an input from a .npy file; may be given again", [RunVerb, BenchVerb, CheckVerb, TuneVerb]>;
defm shape : Value<"shape", "NAME=N,...",
    "Extents for inputs that are made: 'batch=1,sequence=128'",
    [RunVerb, BenchVerb, CheckVerb, TuneVerb]>;
defm seed : Value<"seed", "N",
    "Seed of the inputs that are made; 0 is the default", [RunVerb, BenchVerb, CheckVerb, TuneVerb]>;
defm runs : Value<"runs", "N",
    "Measure N runs: as many as fit in a second, 10 at least, is the default "
    "of bench, and 21 that of tune", [BenchVerb, TuneVerb]>;
def runs_short : JoinedOrSeparate<["-"], "n">, Alias<runs>, Of<[BenchVerb, TuneVerb]>;
defm warmup : Value<"warmup", "N",
    "Run N times before measuring; 3 is the default", [BenchVerb]>;

// check.
defm against : Value<"against", "REF",
    "Compare with REF: a model, an artifact or stored outputs", [CheckVerb]>;
defm tolerance : Value<"tolerance", "X",
    "Let elements differ by X of their output's largest magnitude; 1e-4 is the "
    "default, and 3e-2 for products of bf16", [CheckVerb]>;
