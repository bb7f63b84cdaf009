#include "gotemplate/template.h"

#include "base/text.h"
#include "gotemplate/executor.h"
#include "gotemplate/format.h"
#include "gotemplate/html_escape.h"
#include "gotemplate/parser.h"
#include "gotemplate/program.h"

#include <set>
#include <utility>

namespace tocsin::gotemplate {
namespace {

// The texts below are for error messages and tests; more than this is cut.
constexpr std::size_t kMaxPrinted = std::size_t{1} << 20;

}  // namespace

TemplateSet::TemplateSet(std::shared_ptr<const FunctionTable> functions, Options options)
    : functions_(std::move(functions)), options_(options) {}
TemplateSet::TemplateSet(std::shared_ptr<const TemplateSet> base)
    : functions_(base->functions_), base_(base), options_(base->options_) {}
TemplateSet::TemplateSet(const TemplateSet&) = default;
TemplateSet& TemplateSet::operator=(const TemplateSet&) = default;
TemplateSet::TemplateSet(TemplateSet&&) noexcept = default;
TemplateSet& TemplateSet::operator=(TemplateSet&&) noexcept = default;
TemplateSet::~TemplateSet() = default;

tl::expected<void, ParseError> TemplateSet::Parse(std::string_view name, std::string_view text) {
  auto parsed = ParseText(name, text, *functions_);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  escaped_.clear();
  for (auto& [tree_name, tree] : parsed->trees) {
    if (IsEmptyTree(*tree) && Has(tree_name)) continue;
    definitions_[tree_name] = Compile(tree_name, parsed->source, std::move(tree), *functions_);
  }
  return {};
}

const Definition* TemplateSet::Find(std::string_view name) const {
  auto it = definitions_.find(name);
  if (it != definitions_.end()) return it->second.get();
  return base_ == nullptr ? nullptr : base_->Find(name);
}

const Definition* TemplateSet::FindExecutable(std::string_view name) const {
  if (!options_.html) return Find(name);
  auto it = escaped_.find(name);
  return it == escaped_.end() ? nullptr : it->second.get();
}

tl::expected<void, ExecError> TemplateSet::Prepare(std::string_view name) {
  if (!options_.html) return {};
  auto escaped = EscapeTemplates(*this, name);
  if (!escaped) return tl::unexpected(std::move(escaped.error()));
  for (auto& [escaped_name, definition] : *escaped) {
    escaped_.insert_or_assign(escaped_name, std::move(definition));
  }
  return {};
}

bool TemplateSet::Has(std::string_view name) const {
  return Find(name) != nullptr;
}

std::vector<std::string> TemplateSet::Names() const {
  std::set<std::string> names;
  for (const TemplateSet* set = this; set != nullptr; set = set->base_.get()) {
    for (const auto& [name, definition] : set->definitions_) names.insert(name);
  }
  return {names.begin(), names.end()};
}

bool TemplateSet::IsPure(std::string_view name) const {
  std::set<std::string_view> seen{name};
  std::vector<std::string_view> pending{name};
  while (!pending.empty()) {
    const Definition* definition = Find(pending.back());
    pending.pop_back();
    if (definition == nullptr || !definition->program.pure) return false;
    for (const std::string& called : definition->program.templates) {
      if (seen.insert(called).second) pending.push_back(called);
    }
  }
  return true;
}

tl::expected<std::string, ExecError> TemplateSet::Execute(std::string_view name, const Value& data,
                                                          const Limits& limits, void* user) const {
  std::uint64_t steps = limits.max_steps;
  return Execute(name, data, limits, user, &steps);
}

tl::expected<std::string, ExecError> TemplateSet::Execute(std::string_view name, const Value& data,
                                                          const Limits& limits, void* user,
                                                          std::uint64_t* steps) const {
  const Definition* definition = FindExecutable(name);
  if (definition == nullptr && options_.html && Has(name)) {
    TemplateSet prepared(*this);
    auto done = prepared.Prepare(name);
    if (!done) return tl::unexpected(std::move(done.error()));
    return prepared.Execute(name, data, limits, user, steps);
  }
  if (definition == nullptr) {
    ExecError error;
    error.message = "template: no template " + GoQuote(name) + " is defined";
    return tl::unexpected(std::move(error));
  }
  Executor executor(*this, limits, user, *steps);
  auto text = executor.Run(*definition, data);
  *steps = executor.steps_left();
  return text;
}

std::string PrintValue(const Value& value) {
  if (!value.has_value()) return "<no value>";
  std::string out;
  Arena arena;
  bool pointer = value.kind() == Kind::kPointer && value.AsStruct() != nullptr;
  Formatter(&out, kMaxPrinted, &arena).PrintOne(pointer ? value.Pointee() : value);
  return out;
}

std::string Sprintf(std::string_view format, std::span<const Value> args) {
  std::string out;
  Arena arena;
  Formatter(&out, kMaxPrinted, &arena).Printf(format, args);
  return out;
}

}  // namespace tocsin::gotemplate
