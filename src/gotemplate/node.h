#pragma once

// The parse tree of a template. Built by the parser, edited by the HTML escaper, and constant from
// then on: the compiled program and error messages point into it.

#include "gotemplate/number.h"
#include "gotemplate/template.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

enum class NodeType : std::uint8_t {
  kText,
  kAction,
  kIf,
  kRange,
  kWith,
  kTemplate,
  kBreak,
  kContinue,
  kList,
  kPipe,
  kCommand,
  kField,
  kVariable,
  kChain,
  kIdentifier,
  kDot,
  kNil,
  kBool,
  kNumber,
  kString,
};

struct Node {
  Node(NodeType node_type, std::uint32_t node_position)
      : type(node_type), position(node_position) {}
  virtual ~Node() = default;

  NodeType type;
  std::uint32_t position;  // In bytes of the source's text.
};

using NodePtr = std::unique_ptr<Node>;

struct TextNode : Node {
  TextNode(std::uint32_t pos, std::string_view t) : Node(NodeType::kText, pos), text(t) {}
  std::string text;
};

struct ListNode : Node {
  explicit ListNode(std::uint32_t pos) : Node(NodeType::kList, pos) {}
  std::vector<NodePtr> nodes;
};

// `.a.b`
struct FieldNode : Node {
  explicit FieldNode(std::uint32_t pos) : Node(NodeType::kField, pos) {}
  std::vector<std::string> names;
};

// `$x.a`: names[0] is "$x".
struct VariableNode : Node {
  explicit VariableNode(std::uint32_t pos) : Node(NodeType::kVariable, pos) {}
  std::vector<std::string> names;
};

// `(…).a.b`
struct ChainNode : Node {
  ChainNode(std::uint32_t pos, NodePtr n) : Node(NodeType::kChain, pos), node(std::move(n)) {}
  NodePtr node;
  std::vector<std::string> names;
};

struct IdentifierNode : Node {
  IdentifierNode(std::uint32_t pos, std::string_view n)
      : Node(NodeType::kIdentifier, pos), name(n) {}
  std::string name;
};

struct BoolNode : Node {
  BoolNode(std::uint32_t pos, bool v) : Node(NodeType::kBool, pos), value(v) {}
  bool value;
};

struct NumberNode : Node {
  NumberNode(std::uint32_t pos, std::string_view t, const Number& n)
      : Node(NodeType::kNumber, pos), text(t), number(n) {}
  std::string text;
  Number number;
};

struct StringNode : Node {
  StringNode(std::uint32_t pos, std::string_view q, std::string t)
      : Node(NodeType::kString, pos), quoted(q), text(std::move(t)) {}
  std::string quoted;  // As written.
  std::string text;
};

struct CommandNode : Node {
  explicit CommandNode(std::uint32_t pos) : Node(NodeType::kCommand, pos) {}
  std::vector<NodePtr> args;
};

struct PipeNode : Node {
  explicit PipeNode(std::uint32_t pos) : Node(NodeType::kPipe, pos) {}
  bool is_assign = false;
  std::vector<std::unique_ptr<VariableNode>> declarations;
  std::vector<std::unique_ptr<CommandNode>> commands;
};

struct ActionNode : Node {
  explicit ActionNode(std::uint32_t pos) : Node(NodeType::kAction, pos) {}
  std::unique_ptr<PipeNode> pipe;
};

// if, range and with.
struct BranchNode : Node {
  using Node::Node;
  std::unique_ptr<PipeNode> pipe;
  std::unique_ptr<ListNode> list;
  std::unique_ptr<ListNode> else_list;  // May be null.
};

struct TemplateNode : Node {
  explicit TemplateNode(std::uint32_t pos) : Node(NodeType::kTemplate, pos) {}
  std::string name;
  std::unique_ptr<PipeNode> pipe;  // May be null.
};

// The text as a template's author would write it; error messages quote it.
void AppendNode(const Node& node, std::string* out);
std::string ToString(const Node& node);

// A deep copy.
NodePtr Clone(const Node& node);

// True if the tree writes nothing but white space.
bool IsEmptyTree(const Node& node);

// The text that nodes' positions count in.
struct Source {
  std::string name;  // What was given to Parse.
  std::string text;
};

// The place of a byte of the source.
ErrorPlace PlaceOf(const Source& source, std::size_t position);

}  // namespace tocsin::gotemplate
