#include "gotemplate/html_escape.h"

#include "base/text.h"
#include "gotemplate/html_pipeline.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace tocsin::gotemplate {
namespace {

// Bounds for templates that are made to take forever: nested ranges double the work at each level.
constexpr std::size_t kMaxSteps = 500'000;
constexpr int kMaxDepth = 600;
constexpr std::size_t kMaxHeld = 100'000;  // Findings in all the copies that are held at once.

// A template in the form for one context, being escaped.
struct Tree {
  std::shared_ptr<const Source> source;
  std::unique_ptr<ListNode> root;
};

// What is known so far. It is copied to try an assumption, and the copy kept if that holds.
struct Findings {
  std::map<std::string, HtmlContext> outputs;  // Of templates, by their mangled names.
  std::set<std::string> called;
  std::map<ActionNode*, std::vector<std::string_view>> actions;
  std::map<TemplateNode*, std::string> templates;
  std::map<TextNode*, std::string> texts;

  std::size_t size() const {
    return outputs.size() + called.size() + actions.size() + templates.size() + texts.size();
  }
};

// Contexts at {{break}} and {{continue}} of the innermost loop.
struct LoopExits {
  struct Exit {
    HtmlContext context;
    const Node* node;
  };
  std::vector<Exit> breaks;
  std::vector<Exit> continues;
};

class Escaper {
 public:
  explicit Escaper(const TemplateSet& set) : set_(set) {}

  HtmlContext EscapeTree(const HtmlContext& c, const Node* node, std::string_view name,
                         std::string* mangled);
  // After success: the trees with all edits made.
  std::map<std::string, Tree> Finish();

 private:
  HtmlContext OutputContext(const HtmlContext& c, const std::string& mangled);
  bool EscapeBody(const HtmlContext& c, const HtmlContext& assumed, const std::string& mangled,
                  HtmlContext* output);
  HtmlContext EscapeNode(HtmlContext c, Node& node);
  HtmlContext EscapeList(HtmlContext c, ListNode* list);
  HtmlContext EscapeAction(HtmlContext c, ActionNode& node);
  HtmlContext EscapeBranch(const HtmlContext& c, BranchNode& node, std::string_view name);
  HtmlContext EscapeLoopAgain(const HtmlContext& c, BranchNode& node);
  HtmlContext JoinExits(HtmlContext c, const LoopExits& exits);
  HtmlContext EscapeCall(const HtmlContext& c, TemplateNode& node);
  bool Spend(std::size_t steps);
  // Escapes the list while a copy of the findings is held.
  HtmlContext EscapeHolding(const Findings& copy, const HtmlContext& c, ListNode* list,
                            const Node* where);

  const TemplateSet& set_;
  std::map<std::string, Tree> trees_;
  Findings findings_;
  LoopExits* exits_ = nullptr;
  std::size_t steps_ = 0;
  std::size_t held_ = 0;
  int depth_ = 0;
};

std::shared_ptr<EscapeError> Changed(const EscapeError& error, std::string_view before) {
  auto changed = std::make_shared<EscapeError>(error);
  changed->description.insert(0, before);
  return changed;
}

bool Escaper::Spend(std::size_t steps) {
  steps_ += steps;
  return steps_ <= kMaxSteps && depth_ <= kMaxDepth;
}

HtmlContext Escaper::EscapeTree(const HtmlContext& c, const Node* node, std::string_view name,
                                std::string* mangled) {
  *mangled = MangledName(name, c);
  findings_.called.insert(*mangled);
  auto known = findings_.outputs.find(*mangled);
  if (known != findings_.outputs.end()) return known->second;
  const Definition* definition = set_.Find(name);
  if (definition == nullptr) return ErrorContext("no such template " + GoQuote(name), node);
  auto [it, added] = trees_.try_emplace(*mangled);
  if (added) {
    it->second.source = definition->source;
    it->second.root.reset(static_cast<ListNode*>(Clone(*definition->root).release()));
  }
  HtmlContext output = OutputContext(c, *mangled);
  if (output.error != nullptr && output.error->node != nullptr && !output.error->source) {
    // An error's place is in the template that is being read when it comes up.
    auto placed = std::make_shared<EscapeError>(*output.error);
    placed->source = definition->source;
    output.error = std::move(placed);
  }
  return output;
}

// A template that calls itself ends in the context that its end must have: it is found by assuming
// one and looking whether it comes out.
HtmlContext Escaper::OutputContext(const HtmlContext& c, const std::string& mangled) {
  HtmlContext output;
  if (EscapeBody(c, c, mangled, &output)) return output;
  HtmlContext second;
  if (EscapeBody(c, output, mangled, &second)) return second;
  if (output.state == HtmlState::kError) return output;
  return ErrorContext("cannot compute output context for template " + mangled,
                      trees_.at(mangled).root.get());
}

// Escapes the template as if its calls to itself ended in the context `assumed`. True if the
// findings can be kept.
bool Escaper::EscapeBody(const HtmlContext& c, const HtmlContext& assumed,
                         const std::string& mangled, HtmlContext* output) {
  findings_.outputs[mangled] = assumed;
  Findings before = findings_;
  findings_.called.clear();
  LoopExits* outer = std::exchange(exits_, nullptr);
  ListNode* const root = trees_.at(mangled).root.get();
  *output = EscapeHolding(before, c, root, root);
  exits_ = outer;
  bool recursive = findings_.called.contains(mangled);
  bool good = output->state != HtmlState::kError && (!recursive || assumed == *output);
  if (!good) {
    findings_ = std::move(before);
    return false;
  }
  findings_.outputs[mangled] = *output;
  findings_.called.insert(before.called.begin(), before.called.end());
  return true;
}

HtmlContext Escaper::EscapeNode(HtmlContext c, Node& node) {
  switch (node.type) {
    case NodeType::kAction:
      return EscapeAction(std::move(c), static_cast<ActionNode&>(node));
    case NodeType::kIf:
      return EscapeBranch(c, static_cast<BranchNode&>(node), "if");
    case NodeType::kRange:
      return EscapeBranch(c, static_cast<BranchNode&>(node), "range");
    case NodeType::kWith:
      return EscapeBranch(c, static_cast<BranchNode&>(node), "with");
    case NodeType::kTemplate:
      return EscapeCall(c, static_cast<TemplateNode&>(node));
    case NodeType::kText: {
      auto& text = static_cast<TextNode&>(node);
      std::optional<std::string> edited;
      c = EscapeText(std::move(c), text.text, &edited);
      if (edited) findings_.texts[&text] = std::move(*edited);
      return c;
    }
    case NodeType::kBreak:
    case NodeType::kContinue: {
      auto& exits = node.type == NodeType::kBreak ? exits_->breaks : exits_->continues;
      exits.push_back({.context = c, .node = &node});
      HtmlContext dead;
      dead.state = HtmlState::kDead;
      return dead;
    }
    default:
      return c;
  }
}

HtmlContext Escaper::EscapeHolding(const Findings& copy, const HtmlContext& c, ListNode* list,
                                   const Node* where) {
  held_ += copy.size();
  HtmlContext output = held_ <= kMaxHeld && Spend(copy.size())
                           ? EscapeList(c, list)
                           : ErrorContext("template is too complex", where);
  held_ -= copy.size();
  return output;
}

HtmlContext Escaper::EscapeList(HtmlContext c, ListNode* list) {
  if (list == nullptr) return c;
  ++depth_;
  for (const NodePtr& node : list->nodes) {
    if (!Spend(1)) {
      c = ErrorContext("template is too complex", node.get());
      break;
    }
    c = EscapeNode(std::move(c), *node);
    if (c.state == HtmlState::kDead) break;
  }
  --depth_;
  return c;
}

HtmlContext Escaper::EscapeAction(HtmlContext c, ActionNode& node) {
  // An assignment writes nothing.
  if (!node.pipe->declarations.empty()) return c;
  HtmlContext after;
  std::vector<std::string_view> escapers = EscapersFor(node, std::move(c), &after);
  findings_.actions[&node] = std::move(escapers);
  return after;
}

HtmlContext Escaper::EscapeBranch(const HtmlContext& c, BranchNode& node, std::string_view name) {
  HtmlContext body;
  if (node.type == NodeType::kRange) {
    LoopExits exits;
    LoopExits* outer = std::exchange(exits_, &exits);
    body = EscapeList(c, node.list.get());
    exits_ = outer;
    if (body.state != HtmlState::kError) body = JoinExits(std::move(body), exits);
    if (body.state == HtmlState::kError) return body;
    body = EscapeLoopAgain(body, node);
    if (body.state == HtmlState::kError) return body;
  } else {
    body = EscapeList(c, node.list.get());
  }
  return Join(body, EscapeList(c, node.else_list.get()), node, name);
}

// A loop's body may follow itself, so it must come to the same context from there.
HtmlContext Escaper::EscapeLoopAgain(const HtmlContext& c, BranchNode& node) {
  Findings before = findings_;
  LoopExits exits;
  LoopExits* outer = std::exchange(exits_, &exits);
  HtmlContext again = EscapeHolding(before, c, node.list.get(), &node);
  exits_ = outer;
  findings_ = std::move(before);
  HtmlContext joined = Join(c, again, node, "range");
  if (joined.state == HtmlState::kError) {
    joined.error = Changed(*joined.error, "on range loop re-entry: ");
    return joined;
  }
  return JoinExits(std::move(joined), exits);
}

HtmlContext Escaper::JoinExits(HtmlContext c, const LoopExits& exits) {
  for (const auto* list : {&exits.breaks, &exits.continues}) {
    for (const LoopExits::Exit& exit : *list) {
      c = Join(c, exit.context, *exit.node, "range");
      if (c.state != HtmlState::kError) continue;
      bool is_break = list == &exits.breaks;
      c.error = Changed(*c.error, is_break ? "at range loop break: " : "at range loop continue: ");
      return c;
    }
  }
  return c;
}

HtmlContext Escaper::EscapeCall(const HtmlContext& c, TemplateNode& node) {
  std::string mangled;
  HtmlContext output = EscapeTree(c, &node, node.name, &mangled);
  if (mangled != node.name) findings_.templates[&node] = mangled;
  return output;
}

std::map<std::string, Tree> Escaper::Finish() {
  for (auto& [node, escapers] : findings_.actions) {
    AddEscapers(escapers, node->pipe.get());
  }
  for (auto& [node, name] : findings_.templates) node->name = name;
  for (auto& [node, text] : findings_.texts) node->text = text;
  std::erase_if(trees_, [&](const auto& tree) { return !findings_.outputs.contains(tree.first); });
  return std::move(trees_);
}

ExecError ToExecError(const EscapeError& error, std::string_view template_name) {
  ExecError result;
  result.message = "html/template:";
  if (error.node != nullptr && error.source != nullptr) {
    result.place = PlaceOf(*error.source, error.node->position);
    result.message.append(result.place.name + ":" + std::to_string(result.place.line) + ":" +
                          std::to_string(result.place.column) + ":");
  } else if (!template_name.empty()) {
    result.message.append(template_name).push_back(':');
  }
  result.message.append(" ").append(error.description);
  return result;
}

}  // namespace

tl::expected<std::map<std::string, std::shared_ptr<const Definition>, std::less<>>, ExecError>
EscapeTemplates(const TemplateSet& set, std::string_view name) {
  Escaper escaper(set);
  std::string mangled;
  HtmlContext end = escaper.EscapeTree(HtmlContext(), nullptr, name, &mangled);
  if (end.state != HtmlState::kError && end.state != HtmlState::kText) {
    end = ErrorContext("ends in a non-text context: " + ToString(end));
  }
  if (end.error != nullptr) return tl::unexpected(ToExecError(*end.error, name));
  std::map<std::string, std::shared_ptr<const Definition>, std::less<>> escaped;
  for (auto& [tree_name, tree] : escaper.Finish()) {
    escaped[tree_name] =
        Compile(tree_name, std::move(tree.source), std::move(tree.root), set.functions());
  }
  return escaped;
}

}  // namespace tocsin::gotemplate
