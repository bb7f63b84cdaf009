#pragma once

// Go's text/template (and html/template, see Options::html): a set of named templates that is
// parsed once and then executed any number of times.
//
//   auto functions = std::make_shared<FunctionTable>();
//   functions->Add({.name = "toUpper", .params = {&kStringType}, .call = ToUpper});
//   TemplateSet set(functions, {.missing_key = MissingKey::kZero});
//   auto parsed = set.Parse("default.tmpl", text);
//   auto text = set.Execute("slack.default.title", data, {}, &user);
//
// Parse and Prepare change the set and belong to one thread; everything const may be called from
// any number of threads at once. A copy is cheap: compiled templates are shared.

#include "gotemplate/function.h"
#include "gotemplate/value.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

struct Definition;

// What a missing map key gives: `<no value>`, the zero value of the element type, or an error.
enum class MissingKey { kDefault, kZero, kError };

struct Options {
  MissingKey missing_key = MissingKey::kDefault;
  // Contextual escaping as html/template does it.
  bool html = false;
};

// Bounds of one execution; exceeding one is an ExecError.
struct Limits {
  std::size_t max_output_bytes = std::size_t{16} << 20;
  // What functions and methods have made and may still be looked at.
  std::size_t max_scratch_bytes = std::size_t{32} << 20;
  // Instructions, calls, and what these do with long texts.
  std::uint64_t max_steps = 20'000'000;
  // Template calls inside each other; Go's bound.
  int max_depth = 100'000;
  // Executions that enclose this one: see Context::Execute.
  int nested = 0;
};

// Where an error is in a text that was given to Parse.
struct ErrorPlace {
  std::string name;  // What was given to Parse beside the text; may be empty.
  int line = 0;      // From 1; 0 if the error has no place.
  int column = 0;    // In bytes from 0, as in messages.
  std::string line_text;
};

struct [[nodiscard]] ParseError {
  // Go's text: `template: NAME:LINE: function "foo" not defined`. Its line is that of the last word
  // that was looked at, the place that of the word in question.
  std::string message;
  ErrorPlace place = {};
};

struct [[nodiscard]] ExecError {
  // Go's text: `template: NAME:LINE:COL: executing "NAME" at <EXPR>: …`.
  std::string message;
  ErrorPlace place = {};
  std::string partial_output = {};
};

class TemplateSet {
 public:
  explicit TemplateSet(std::shared_ptr<const FunctionTable> functions, Options options = {});
  // A set that sees all templates of `base` and may define further or replace them, without
  // changing or copying it: for the many small texts that use one set of definitions.
  explicit TemplateSet(std::shared_ptr<const TemplateSet> base);
  TemplateSet(const TemplateSet&);
  TemplateSet& operator=(const TemplateSet&);
  TemplateSet(TemplateSet&&) noexcept;
  TemplateSet& operator=(TemplateSet&&) noexcept;
  ~TemplateSet();

  // Adds the template `name` and all that the text defines. A later definition replaces an earlier
  // one unless its body is only white space and the earlier one exists. On an error nothing
  // changes.
  tl::expected<void, ParseError> Parse(std::string_view name, std::string_view text);

  // In HTML mode: escapes the template and all it calls now, once. Execute does it for every call
  // otherwise. To be called after the last Parse; an error is the one that Execute would give.
  tl::expected<void, ExecError> Prepare(std::string_view name);

  bool Has(std::string_view name) const;
  std::vector<std::string> Names() const;  // Sorted.

  // `user` is handed to functions as Context::user().
  tl::expected<std::string, ExecError> Execute(std::string_view name, const Value& data,
                                               const Limits& limits = {},
                                               void* user = nullptr) const;

  // False if executing `name` may call a function that is not pure, or a template that is missing.
  bool IsPure(std::string_view name) const;

  const Options& options() const { return options_; }
  const FunctionTable& functions() const { return *functions_; }
  // nullptr if there is none.
  const Definition* Find(std::string_view name) const;

 private:
  friend class Executor;
  using Definitions = std::map<std::string, std::shared_ptr<const Definition>, std::less<>>;

  // Takes its steps from `steps`.
  tl::expected<std::string, ExecError> Execute(std::string_view name, const Value& data,
                                               const Limits& limits, void* user,
                                               std::uint64_t* steps) const;
  // What a call of `name` executes: in HTML mode the escaped form.
  const Definition* FindExecutable(std::string_view name) const;

  std::shared_ptr<const FunctionTable> functions_;
  std::shared_ptr<const TemplateSet> base_;  // May be null.
  Options options_;
  Definitions definitions_;
  Definitions escaped_;  // HTML mode: the prepared forms, under their escaped names.
};

// How `%v` and `{{ . }}` show a value; nil is `<no value>`, as in template output.
std::string PrintValue(const Value& value);
// Go's fmt.Sprintf.
std::string Sprintf(std::string_view format, std::span<const Value> args);

}  // namespace tocsin::gotemplate
