#include "templates/rule_template_uses.h"

#include "gotemplate/parser.h"
#include "templates/rule_functions.h"

#include <set>
#include <utility>

namespace tocsin::templates {
namespace {

using gotemplate::BranchNode;
using gotemplate::CommandNode;
using gotemplate::ListNode;
using gotemplate::Node;
using gotemplate::NodeType;
using gotemplate::PipeNode;

template <class T>
const T& As(const Node& node) {
  return static_cast<const T&>(node);
}

class UseFinder {
 public:
  explicit UseFinder(const gotemplate::Source& source) : source_(source) {}

  void Visit(const ListNode& list, bool dot_is_root) {
    for (const gotemplate::NodePtr& node : list.nodes) Visit(*node, dot_is_root);
  }

  RuleTemplateUses Take() {
    std::erase_if(uses_.labels, [this](const auto& use) { return asked_for_.contains(use.name); });
    return std::move(uses_);
  }

 private:
  enum class Where { kCondition, kWritten, kElsewhere };

  void Visit(const Node& node, bool dot_is_root) {
    switch (node.type) {
      case NodeType::kAction: {
        const PipeNode& pipe = *As<gotemplate::ActionNode>(node).pipe;
        Visit(pipe, dot_is_root, pipe.declarations.empty() ? Where::kWritten : Where::kElsewhere);
        return;
      }
      case NodeType::kIf:
      case NodeType::kWith:
      case NodeType::kRange: {
        const auto& branch = As<BranchNode>(node);
        Visit(*branch.pipe, dot_is_root,
              node.type == NodeType::kRange ? Where::kElsewhere : Where::kCondition);
        Visit(*branch.list, dot_is_root && node.type == NodeType::kIf);
        if (branch.else_list != nullptr) Visit(*branch.else_list, dot_is_root);
        return;
      }
      case NodeType::kTemplate: {
        const auto& call = As<gotemplate::TemplateNode>(node);
        if (call.pipe != nullptr) Visit(*call.pipe, dot_is_root, Where::kElsewhere);
        return;
      }
      case NodeType::kList:
        return Visit(As<ListNode>(node), dot_is_root);
      default:
        return;
    }
  }

  void Visit(const PipeNode& pipe, bool dot_is_root, Where where) {
    const CommandNode* before = nullptr;
    for (const auto& command : pipe.commands) {
      if (before != nullptr && IsCallOfQuery(*command, 1)) LiteralQuery(*before, 0);
      Visit(*command, dot_is_root, where);
      before = command.get();
    }
  }

  void Visit(const CommandNode& command, bool dot_is_root, Where where) {
    if (IsIndexOfLabels(command)) {
      const Node& name = *command.args[2];
      return Use(As<gotemplate::StringNode>(name).text, name, where, &uses_.labels);
    }
    if (IsCallOfQuery(command, 2)) LiteralQuery(command, 1);
    for (const gotemplate::NodePtr& argument : command.args) {
      VisitArgument(*argument, dot_is_root, where);
    }
  }

  void VisitArgument(const Node& node, bool dot_is_root, Where where) {
    switch (node.type) {
      case NodeType::kPipe:
        return Visit(As<PipeNode>(node), dot_is_root, where);
      case NodeType::kChain:
        return VisitArgument(*As<gotemplate::ChainNode>(node).node, dot_is_root, where);
      case NodeType::kIdentifier:
        // Of a query's sample.
        if (As<gotemplate::IdentifierNode>(node).name == "value") Value(node, where);
        return;
      case NodeType::kField:
        if (dot_is_root) Path(As<gotemplate::FieldNode>(node).names, 0, node, where);
        return;
      case NodeType::kVariable: {
        const std::vector<std::string>& names = As<gotemplate::VariableNode>(node).names;
        if (names[0] == "$") return Path(names, 1, node, where);
        if (names[0] == "$value") return Value(node, where);
        if (names.size() < 2) return;
        if (names[0] == "$labels") return Use(names[1], node, where, &uses_.labels);
        if (names[0] == "$externalLabels") {
          return Use(names[1], node, where, &uses_.external_labels);
        }
        return;
      }
      default:
        return;
    }
  }

  // `.Labels.x` and the like; `at` is where the name Labels is.
  void Path(const std::vector<std::string>& names, std::size_t at, const Node& node, Where where) {
    if (names.size() <= at) return;
    if (names[at] == "Value") return Value(node, where);
    if (names.size() <= at + 1) return;
    if (names[at] == "Labels") Use(names[at + 1], node, where, &uses_.labels);
    if (names[at] == "ExternalLabels") {
      Use(names[at + 1], node, where, &uses_.external_labels);
    }
  }

  // With its argument, or behind a pipe.
  static bool IsCallOfQuery(const CommandNode& command, std::size_t size) {
    return command.args.size() == size && command.args[0]->type == NodeType::kIdentifier &&
           As<gotemplate::IdentifierNode>(*command.args[0]).name == "query";
  }

  void LiteralQuery(const CommandNode& command, std::size_t at) {
    const Node& query = *command.args[at];
    if (command.args.size() != at + 1 || query.type != NodeType::kString) return;
    uses_.queries.push_back(At(As<gotemplate::StringNode>(query).text, query));
  }

  static bool IsIndexOfLabels(const CommandNode& command) {
    if (command.args.size() != 3 || command.args[0]->type != NodeType::kIdentifier ||
        command.args[1]->type != NodeType::kVariable ||
        command.args[2]->type != NodeType::kString) {
      return false;
    }
    const std::vector<std::string>& names = As<gotemplate::VariableNode>(*command.args[1]).names;
    return As<gotemplate::IdentifierNode>(*command.args[0]).name == "index" &&
           names == std::vector<std::string>{"$labels"};
  }

  void Use(const std::string& name, const Node& node, Where where,
           std::vector<RuleTemplateUses::Use>* uses) {
    if (where == Where::kCondition) asked_for_.insert(name);
    uses->push_back(At(name, node));
  }

  void Value(const Node& node, Where where) {
    if (where == Where::kWritten && !uses_.value) uses_.value = At("$value", node);
  }

  RuleTemplateUses::Use At(std::string name, const Node& node) const {
    const gotemplate::ErrorPlace place = gotemplate::PlaceOf(source_, node.position);
    const int before = place.line == 1 ? static_cast<int>(kRuleDefinitions.size()) : 0;
    return {std::move(name), place.line, place.column - before + 1};
  }

  const gotemplate::Source& source_;
  std::set<std::string> asked_for_;
  RuleTemplateUses uses_;
};

}  // namespace

RuleTemplateUses UsesOf(std::string_view text) {
  if (text.find("{{") == std::string_view::npos) return {};
  static const std::shared_ptr<const gotemplate::FunctionTable> functions = RuleFunctions(false);
  const auto parsed = gotemplate::ParseText("rule", WithRuleDefinitions(text), *functions);
  if (!parsed) return {};
  UseFinder finder(*parsed->source);
  // What the text itself says; of what it defines only the queries: its dot is whatever it is
  // called with.
  const auto tree = parsed->trees.find("rule");
  if (tree != parsed->trees.end() && tree->second != nullptr) finder.Visit(*tree->second, true);
  RuleTemplateUses uses = finder.Take();
  for (const auto& [name, defined] : parsed->trees) {
    if (name == "rule" || defined == nullptr) continue;
    UseFinder within(*parsed->source);
    within.Visit(*defined, false);
    for (RuleTemplateUses::Use& use : within.Take().queries) uses.queries.push_back(std::move(use));
  }
  return uses;
}

}  // namespace tocsin::templates
