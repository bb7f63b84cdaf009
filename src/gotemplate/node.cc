#include "gotemplate/node.h"

#include "base/text.h"

#include <algorithm>

namespace tocsin::gotemplate {
namespace {

template <class T>
const T& As(const Node& node) {
  return static_cast<const T&>(node);
}

void AppendFields(const std::vector<std::string>& names, std::size_t from, std::string* out) {
  for (std::size_t i = from; i < names.size(); ++i) out->append(".").append(names[i]);
}

void AppendArgument(const Node& node, std::string* out) {
  bool parenthesised = node.type == NodeType::kPipe;
  if (parenthesised) out->push_back('(');
  AppendNode(node, out);
  if (parenthesised) out->push_back(')');
}

// What stands alone inside a command.
void AppendOperand(const Node& node, std::string* out) {
  switch (node.type) {
    case NodeType::kField:
      return AppendFields(As<FieldNode>(node).names, 0, out);
    case NodeType::kVariable:
      out->append(As<VariableNode>(node).names[0]);
      return AppendFields(As<VariableNode>(node).names, 1, out);
    case NodeType::kChain:
      AppendArgument(*As<ChainNode>(node).node, out);
      return AppendFields(As<ChainNode>(node).names, 0, out);
    case NodeType::kIdentifier:
      out->append(As<IdentifierNode>(node).name);
      break;
    case NodeType::kDot:
      out->push_back('.');
      break;
    case NodeType::kNil:
      out->append("nil");
      break;
    case NodeType::kBool:
      out->append(As<BoolNode>(node).value ? "true" : "false");
      break;
    case NodeType::kNumber:
      out->append(As<NumberNode>(node).text);
      break;
    case NodeType::kString:
      out->append(As<StringNode>(node).quoted);
      break;
    default:
      break;
  }
}

void AppendPipe(const PipeNode& pipe, std::string* out) {
  for (std::size_t i = 0; i < pipe.declarations.size(); ++i) {
    if (i > 0) out->append(", ");
    AppendNode(*pipe.declarations[i], out);
  }
  if (!pipe.declarations.empty()) out->append(pipe.is_assign ? " = " : " := ");
  for (std::size_t i = 0; i < pipe.commands.size(); ++i) {
    if (i > 0) out->append(" | ");
    AppendNode(*pipe.commands[i], out);
  }
}

void AppendBranch(const BranchNode& branch, std::string_view word, std::string* out) {
  out->append("{{").append(word).push_back(' ');
  AppendNode(*branch.pipe, out);
  out->append("}}");
  AppendNode(*branch.list, out);
  if (branch.else_list != nullptr) {
    out->append("{{else}}");
    AppendNode(*branch.else_list, out);
  }
  out->append("{{end}}");
}

void AppendTemplate(const TemplateNode& node, std::string* out) {
  out->append("{{template ");
  AppendGoQuoted(node.name, out);
  if (node.pipe != nullptr) {
    out->push_back(' ');
    AppendNode(*node.pipe, out);
  }
  out->append("}}");
}

template <class T>
std::unique_ptr<T> CloneAs(const T& node) {
  return std::unique_ptr<T>(static_cast<T*>(Clone(node).release()));
}

NodePtr ClonePipe(const PipeNode& node) {
  auto copy = std::make_unique<PipeNode>(node.position);
  copy->is_assign = node.is_assign;
  for (const auto& d : node.declarations) copy->declarations.push_back(CloneAs(*d));
  for (const auto& c : node.commands) copy->commands.push_back(CloneAs(*c));
  return copy;
}

NodePtr CloneBranch(const BranchNode& node) {
  auto copy = std::make_unique<BranchNode>(node.type, node.position);
  copy->pipe = CloneAs(*node.pipe);
  copy->list = CloneAs(*node.list);
  if (node.else_list != nullptr) copy->else_list = CloneAs(*node.else_list);
  return copy;
}

template <class T>
NodePtr CopyPlain(const Node& node) {
  return std::make_unique<T>(As<T>(node));
}

}  // namespace

void AppendNode(const Node& node, std::string* out) {
  switch (node.type) {
    case NodeType::kText:
      out->append(As<TextNode>(node).text);
      break;
    case NodeType::kAction:
      out->append("{{");
      AppendNode(*As<ActionNode>(node).pipe, out);
      out->append("}}");
      break;
    case NodeType::kIf:
      return AppendBranch(As<BranchNode>(node), "if", out);
    case NodeType::kRange:
      return AppendBranch(As<BranchNode>(node), "range", out);
    case NodeType::kWith:
      return AppendBranch(As<BranchNode>(node), "with", out);
    case NodeType::kTemplate:
      return AppendTemplate(As<TemplateNode>(node), out);
    case NodeType::kBreak:
      out->append("{{break}}");
      break;
    case NodeType::kContinue:
      out->append("{{continue}}");
      break;
    case NodeType::kList:
      for (const NodePtr& n : As<ListNode>(node).nodes) AppendNode(*n, out);
      break;
    case NodeType::kPipe:
      return AppendPipe(As<PipeNode>(node), out);
    case NodeType::kCommand:
      for (const NodePtr& arg : As<CommandNode>(node).args) {
        if (&arg != &As<CommandNode>(node).args.front()) out->push_back(' ');
        AppendArgument(*arg, out);
      }
      break;
    default:
      return AppendOperand(node, out);
  }
}

std::string ToString(const Node& node) {
  std::string out;
  AppendNode(node, &out);
  return out;
}

NodePtr Clone(const Node& node) {
  switch (node.type) {
    case NodeType::kText:
      return CopyPlain<TextNode>(node);
    case NodeType::kAction: {
      auto copy = std::make_unique<ActionNode>(node.position);
      copy->pipe = CloneAs(*As<ActionNode>(node).pipe);
      return copy;
    }
    case NodeType::kIf:
    case NodeType::kRange:
    case NodeType::kWith:
      return CloneBranch(As<BranchNode>(node));
    case NodeType::kTemplate: {
      auto copy = std::make_unique<TemplateNode>(node.position);
      copy->name = As<TemplateNode>(node).name;
      const auto& pipe = As<TemplateNode>(node).pipe;
      if (pipe != nullptr) copy->pipe = CloneAs(*pipe);
      return copy;
    }
    case NodeType::kList: {
      auto copy = std::make_unique<ListNode>(node.position);
      for (const NodePtr& n : As<ListNode>(node).nodes) copy->nodes.push_back(Clone(*n));
      return copy;
    }
    case NodeType::kPipe:
      return ClonePipe(As<PipeNode>(node));
    case NodeType::kCommand: {
      auto copy = std::make_unique<CommandNode>(node.position);
      for (const NodePtr& n : As<CommandNode>(node).args) copy->args.push_back(Clone(*n));
      return copy;
    }
    case NodeType::kChain: {
      auto copy = std::make_unique<ChainNode>(node.position, Clone(*As<ChainNode>(node).node));
      copy->names = As<ChainNode>(node).names;
      return copy;
    }
    case NodeType::kField:
      return CopyPlain<FieldNode>(node);
    case NodeType::kVariable:
      return CopyPlain<VariableNode>(node);
    case NodeType::kIdentifier:
      return CopyPlain<IdentifierNode>(node);
    case NodeType::kBool:
      return CopyPlain<BoolNode>(node);
    case NodeType::kNumber:
      return CopyPlain<NumberNode>(node);
    case NodeType::kString:
      return CopyPlain<StringNode>(node);
    case NodeType::kBreak:
    case NodeType::kContinue:
    case NodeType::kDot:
    case NodeType::kNil:
      return CopyPlain<Node>(node);
  }
  return nullptr;
}

bool IsEmptyTree(const Node& node) {
  switch (node.type) {
    case NodeType::kText:
      return TrimSpace(As<TextNode>(node).text).empty();
    case NodeType::kList:
      return std::all_of(As<ListNode>(node).nodes.begin(), As<ListNode>(node).nodes.end(),
                         [](const NodePtr& n) { return IsEmptyTree(*n); });
    default:
      return false;
  }
}

ErrorPlace PlaceOf(const Source& source, std::size_t position) {
  const std::string_view text = source.text;
  const std::string_view before = text.substr(0, position);
  const std::size_t newline = before.rfind('\n');
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  const std::string_view line = text.substr(start, text.find('\n', position) - start);
  return {.name = source.name,
          .line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          .column = static_cast<int>(before.size() - start),
          .line_text = std::string(line)};
}

}  // namespace tocsin::gotemplate
