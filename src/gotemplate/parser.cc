#include "gotemplate/parser.h"

#include "base/text.h"
#include "gotemplate/token_stream.h"

#include <algorithm>
#include <utility>

namespace tocsin::gotemplate {
namespace {

// How a list of nodes ended.
enum class ListEnd { kError, kEof, kEnd, kElse };

// Go's parser, in effect: recursive descent with the same order of checks, because the order shows
// in the error messages. After the first error every function returns at once.
class Parser {
 public:
  Parser(std::shared_ptr<const Source> source, const FunctionTable& functions)
      : source_(std::move(source)),
        functions_(functions),
        tokens_(Tokenize(source_->text,
                         {.break_is_keyword = functions.Find("break") == nullptr,
                          .continue_is_keyword = functions.Find("continue") == nullptr})) {}

  tl::expected<ParsedText, ParseError> Run();

 private:
  // State of one definition; a definition starts with none of what encloses it.
  struct Scope {
    std::vector<std::string> variables{"$"};
    int range_depth = 0;
    int declarations = 0;
  };

  // `at` is the token in question; by default the last one that was read.
  void Fail(std::string_view message, const Token* at = nullptr);
  void Unexpected(const Token& token, std::string_view context);
  bool Expect(TokenType type, std::string_view context);
  bool Enter();
  void Leave() { --nesting_; }

  void TopLevel();
  void Define();
  bool Add(std::string name, std::unique_ptr<ListNode> tree);
  std::unique_ptr<ListNode> Body(std::string_view context);

  ListEnd List(ListNode* list);
  // One text or action. Null with an `end` other than kError for {{end}} and {{else}}.
  NodePtr TextOrAction(ListEnd* end);
  NodePtr Action(ListEnd* end);
  NodePtr LoopControl(const Token& token, NodeType type);
  NodePtr Control(const Token& token, NodeType type, std::string_view context);
  NodePtr ControlBody(std::unique_ptr<BranchNode> branch, std::string_view context);
  bool ElsePart(BranchNode* branch, std::string_view context);
  void Else();
  NodePtr Template();
  NodePtr Block();
  bool TemplateName(const Token& token, std::string_view context, std::string* name);

  std::unique_ptr<PipeNode> Pipeline(std::string_view context, TokenType end);
  bool Declarations(PipeNode* pipe, std::string_view context);
  void Declare(const Token& token, PipeNode* pipe);
  bool CheckPipeline(const PipeNode& pipe, std::string_view context);
  std::unique_ptr<CommandNode> Command();
  NodePtr Operand();
  NodePtr Term();
  NodePtr Variable(const Token& token);
  NodePtr Constant(const Token& token);

  std::shared_ptr<const Source> source_;
  const FunctionTable& functions_;
  TokenStream tokens_;
  int action_line_ = 0;
  int nesting_ = 0;
  Scope scope_;
  ParsedText result_;
  bool failed_ = false;
  ParseError error_;
};

tl::expected<ParsedText, ParseError> Parser::Run() {
  result_.source = source_;
  TopLevel();
  if (failed_) return tl::unexpected(std::move(error_));
  return std::move(result_);
}

void Parser::Fail(std::string_view message, const Token* at) {
  if (failed_) return;
  failed_ = true;
  error_.place = PlaceOf(*source_, (at == nullptr ? tokens_.last() : *at).position);
  error_.message = "template: " + source_->name + ":" + std::to_string(tokens_.line()) + ": " +
                   std::string(message);
}

void Parser::Unexpected(const Token& token, std::string_view context) {
  if (token.type != TokenType::kError) {
    return Fail("unexpected " + Describe(token) + " in " + std::string(context), &token);
  }
  std::string message = Describe(token);
  if (action_line_ != 0 && action_line_ != token.line) {
    message.append(message.ends_with(" action") ? "" : " in action");
    message.append(" started at " + source_->name + ":" + std::to_string(action_line_));
  }
  Fail(message, &token);
}

bool Parser::Expect(TokenType type, std::string_view context) {
  const Token& token = tokens_.NextNonSpace();
  if (token.type == type) return true;
  Unexpected(token, context);
  return false;
}

bool Parser::Enter() {
  if (++nesting_ <= kMaxNesting) return true;
  Fail("exceeded maximum nesting depth (" + std::to_string(kMaxNesting) + ")");
  return false;
}

// An empty definition never replaces another; two that are not empty exclude each other.
bool Parser::Add(std::string name, std::unique_ptr<ListNode> tree) {
  auto it = result_.trees.find(name);
  if (it == result_.trees.end() || IsEmptyTree(*it->second)) {
    result_.trees[std::move(name)] = std::move(tree);
    return true;
  }
  if (IsEmptyTree(*tree)) return true;
  Fail("template: multiple definition of template " + GoQuote(name));
  return false;
}

void Parser::TopLevel() {
  auto root = std::make_unique<ListNode>(0);
  while (!failed_ && tokens_.Peek().type != TokenType::kEof) {
    if (tokens_.Peek().type == TokenType::kLeftDelim) {
      std::size_t delim = tokens_.mark();
      tokens_.Next();
      if (tokens_.NextNonSpace().type == TokenType::kDefine) {
        Define();
        continue;
      }
      tokens_.BackTo(delim);
    }
    ListEnd end = ListEnd::kError;
    NodePtr node = TextOrAction(&end);
    if (node != nullptr) {
      root->nodes.push_back(std::move(node));
    } else if (!failed_) {
      Fail(end == ListEnd::kEnd ? "unexpected {{end}}" : "unexpected {{else}}");
    }
  }
  if (!failed_) Add(source_->name, std::move(root));
}

// After {{define.
void Parser::Define() {
  constexpr std::string_view kContext = "define clause";
  Scope outer = std::exchange(scope_, Scope());
  std::string name;
  if (TemplateName(tokens_.NextNonSpace(), kContext, &name) &&
      Expect(TokenType::kRightDelim, kContext)) {
    auto body = Body(kContext);
    if (body != nullptr) Add(std::move(name), std::move(body));
  }
  scope_ = std::move(outer);
}

// Nodes up to {{end}}.
std::unique_ptr<ListNode> Parser::Body(std::string_view context) {
  auto list = std::make_unique<ListNode>(tokens_.PeekNonSpace().position);
  ListEnd end = List(list.get());
  if (end == ListEnd::kElse) Fail("unexpected {{else}} in " + std::string(context));
  return end == ListEnd::kEnd ? std::move(list) : nullptr;
}

ListEnd Parser::List(ListNode* list) {
  if (!Enter()) return ListEnd::kError;
  const Token& opening = tokens_.last();
  while (tokens_.PeekNonSpace().type != TokenType::kEof) {
    ListEnd end = ListEnd::kError;
    NodePtr node = TextOrAction(&end);
    if (failed_) return ListEnd::kError;
    if (node == nullptr) {
      Leave();
      return end;
    }
    list->nodes.push_back(std::move(node));
  }
  Fail("unexpected EOF", &opening);
  return ListEnd::kError;
}

NodePtr Parser::TextOrAction(ListEnd* end) {
  const Token& token = tokens_.NextNonSpace();
  if (token.type == TokenType::kText) {
    return std::make_unique<TextNode>(token.position, token.text);
  }
  if (token.type != TokenType::kLeftDelim) {
    Unexpected(token, "input");
    return nullptr;
  }
  action_line_ = token.line;
  NodePtr node = Action(end);
  action_line_ = 0;
  return node;
}

NodePtr Parser::Action(ListEnd* end) {
  std::size_t first = tokens_.mark();
  const Token& token = tokens_.NextNonSpace();
  switch (token.type) {
    case TokenType::kBlock:
      return Block();
    case TokenType::kBreak:
      return LoopControl(token, NodeType::kBreak);
    case TokenType::kContinue:
      return LoopControl(token, NodeType::kContinue);
    case TokenType::kElse:
      *end = ListEnd::kElse;
      Else();
      return nullptr;
    case TokenType::kEnd:
      *end = ListEnd::kEnd;
      Expect(TokenType::kRightDelim, "end");
      return nullptr;
    case TokenType::kIf:
      return Control(token, NodeType::kIf, "if");
    case TokenType::kRange:
      return Control(token, NodeType::kRange, "range");
    case TokenType::kTemplate:
      return Template();
    case TokenType::kWith:
      return Control(token, NodeType::kWith, "with");
    default:
      break;
  }
  tokens_.BackTo(first);
  auto action = std::make_unique<ActionNode>(tokens_.PeekNonSpace().position);
  action->pipe = Pipeline("command", TokenType::kRightDelim);
  if (action->pipe == nullptr) return nullptr;
  return action;
}

NodePtr Parser::LoopControl(const Token& token, NodeType type) {
  std::string name = type == NodeType::kBreak ? "{{break}}" : "{{continue}}";
  const Token& after = tokens_.NextNonSpace();
  if (after.type != TokenType::kRightDelim) {
    Unexpected(after, name);
  } else if (scope_.range_depth == 0) {
    Fail(name + " outside {{range}}");
  }
  return failed_ ? nullptr : std::make_unique<Node>(type, token.position);
}

// {{else}}, or the else of {{else if …}} and {{else with …}}, whose rest is left for Control.
void Parser::Else() {
  TokenType type = tokens_.PeekNonSpace().type;
  if (type != TokenType::kIf && type != TokenType::kWith) Expect(TokenType::kRightDelim, "else");
}

NodePtr Parser::Control(const Token& token, NodeType type, std::string_view context) {
  if (!Enter()) return nullptr;
  std::size_t variables = scope_.variables.size();
  auto branch = std::make_unique<BranchNode>(type, token.position);
  branch->pipe = Pipeline(context, TokenType::kRightDelim);
  NodePtr node;
  if (branch->pipe != nullptr) {
    branch->position = branch->pipe->position;
    node = ControlBody(std::move(branch), context);
  }
  scope_.variables.resize(std::min(variables, scope_.variables.size()));
  Leave();
  return node;
}

NodePtr Parser::ControlBody(std::unique_ptr<BranchNode> branch, std::string_view context) {
  bool loop = branch->type == NodeType::kRange;
  branch->list = std::make_unique<ListNode>(tokens_.PeekNonSpace().position);
  if (loop) ++scope_.range_depth;
  ListEnd end = List(branch->list.get());
  if (loop) --scope_.range_depth;
  if (end == ListEnd::kError) return nullptr;
  if (end == ListEnd::kElse && !ElsePart(branch.get(), context)) return nullptr;
  return branch;
}

bool Parser::ElsePart(BranchNode* branch, std::string_view context) {
  TokenType follows = tokens_.Peek().type;
  bool chained = (branch->type == NodeType::kIf && follows == TokenType::kIf) ||
                 (branch->type == NodeType::kWith && follows == TokenType::kWith);
  branch->else_list = std::make_unique<ListNode>(tokens_.Peek().position);
  if (chained) {
    // {{else if}} is an if alone in the else part; both end at the same {{end}}.
    const Token& token = tokens_.Next();
    NodePtr inner = Control(token, branch->type, context);
    if (inner == nullptr) return false;
    branch->else_list->nodes.push_back(std::move(inner));
    return true;
  }
  ListEnd end = List(branch->else_list.get());
  if (end == ListEnd::kElse) Fail("expected end; found {{else}}");
  return end == ListEnd::kEnd;
}

bool Parser::TemplateName(const Token& token, std::string_view context, std::string* name) {
  if (token.type == TokenType::kRawString) {
    *name = token.text.substr(1, token.text.size() - 2);
    std::erase(*name, '\r');
    return true;
  }
  if (token.type != TokenType::kString) {
    Unexpected(token, context);
    return false;
  }
  auto unquoted = GoUnquoteBody(token.text.substr(1, token.text.size() - 2));
  if (!unquoted) {
    Fail("invalid syntax", &token);
    return false;
  }
  *name = std::move(*unquoted);
  return true;
}

NodePtr Parser::Template() {
  constexpr std::string_view kContext = "template clause";
  const Token& token = tokens_.NextNonSpace();
  auto node = std::make_unique<TemplateNode>(token.position);
  if (!TemplateName(token, kContext, &node->name)) return nullptr;
  if (tokens_.PeekNonSpace().type == TokenType::kRightDelim) {
    tokens_.Next();
    return node;
  }
  node->pipe = Pipeline(kContext, TokenType::kRightDelim);
  return node->pipe == nullptr ? nullptr : std::move(node);
}

// A block is a definition and its use in one.
NodePtr Parser::Block() {
  constexpr std::string_view kContext = "block clause";
  const Token& token = tokens_.NextNonSpace();
  auto node = std::make_unique<TemplateNode>(token.position);
  if (!TemplateName(token, kContext, &node->name)) return nullptr;
  node->pipe = Pipeline(kContext, TokenType::kRightDelim);
  if (node->pipe == nullptr) return nullptr;
  Scope outer = std::exchange(scope_, Scope());
  auto body = Body(kContext);
  scope_ = std::move(outer);
  if (body == nullptr || !Add(node->name, std::move(body))) return nullptr;
  return node;
}

std::unique_ptr<PipeNode> Parser::Pipeline(std::string_view context, TokenType end) {
  if (!Enter()) return nullptr;
  auto pipe = std::make_unique<PipeNode>(tokens_.PeekNonSpace().position);
  if (!Declarations(pipe.get(), context)) return nullptr;
  while (true) {
    std::size_t first = tokens_.mark();
    const Token& token = tokens_.NextNonSpace();
    if (token.type == end) break;
    switch (token.type) {
      case TokenType::kBool:
      case TokenType::kCharConstant:
      case TokenType::kComplex:
      case TokenType::kDot:
      case TokenType::kField:
      case TokenType::kIdentifier:
      case TokenType::kNumber:
      case TokenType::kNil:
      case TokenType::kRawString:
      case TokenType::kString:
      case TokenType::kVariable:
      case TokenType::kLeftParen:
        break;
      default:
        Unexpected(token, context);
        return nullptr;
    }
    tokens_.BackTo(first);
    auto command = Command();
    if (command == nullptr) return nullptr;
    pipe->commands.push_back(std::move(command));
  }
  Leave();
  return CheckPipeline(*pipe, context) ? std::move(pipe) : nullptr;
}

void Parser::Declare(const Token& token, PipeNode* pipe) {
  auto variable = std::make_unique<VariableNode>(token.position);
  variable->names.emplace_back(token.text);
  pipe->declarations.push_back(std::move(variable));
  scope_.variables.emplace_back(token.text);
  if (++scope_.declarations <= kMaxVariables) return;
  Fail("exceeded maximum number of variables (" + std::to_string(kMaxVariables) + ")", &token);
}

// `$x :=`, `$x =`, and in a range `$i, $x :=`. Anything else that begins with a variable is left
// for the first command.
bool Parser::Declarations(PipeNode* pipe, std::string_view context) {
  while (tokens_.PeekNonSpace().type == TokenType::kVariable) {
    std::size_t first = tokens_.mark();
    const Token& variable = tokens_.Next();
    const Token& after = tokens_.PeekNonSpace();
    if (after.type == TokenType::kAssign || after.type == TokenType::kDeclare) {
      pipe->is_assign = after.type == TokenType::kAssign;
      tokens_.Next();
      Declare(variable, pipe);
      return true;
    }
    if (after.type != TokenType::kChar || after.text != ",") {
      tokens_.BackTo(first);
      return true;
    }
    tokens_.Next();
    Declare(variable, pipe);
    if (context != "range" || pipe->declarations.size() >= 2) {
      Fail("too many declarations in " + std::string(context));
      return false;
    }
    TokenType next = tokens_.PeekNonSpace().type;
    if (next != TokenType::kVariable && next != TokenType::kRightDelim &&
        next != TokenType::kRightParen) {
      Fail("range can only initialize variables");
      return false;
    }
  }
  return !failed_;
}

bool Parser::CheckPipeline(const PipeNode& pipe, std::string_view context) {
  if (pipe.commands.empty()) {
    Fail("missing value for " + std::string(context));
    return false;
  }
  for (std::size_t i = 1; i < pipe.commands.size(); ++i) {
    switch (pipe.commands[i]->args[0]->type) {
      case NodeType::kBool:
      case NodeType::kDot:
      case NodeType::kNil:
      case NodeType::kNumber:
      case NodeType::kString:
        Fail("non executable command in pipeline stage " + std::to_string(i + 1));
        return false;
      default:
        break;
    }
  }
  return true;
}

std::unique_ptr<CommandNode> Parser::Command() {
  auto command = std::make_unique<CommandNode>(tokens_.PeekNonSpace().position);
  while (true) {
    tokens_.SkipSpace();
    NodePtr operand = Operand();
    if (failed_) return nullptr;
    if (operand != nullptr) command->args.push_back(std::move(operand));
    std::size_t first = tokens_.mark();
    const Token& token = tokens_.Next();
    if (token.type == TokenType::kSpace) continue;
    if (token.type == TokenType::kRightDelim || token.type == TokenType::kRightParen) {
      tokens_.BackTo(first);
    } else if (token.type != TokenType::kPipe) {
      Unexpected(token, "operand");
      return nullptr;
    }
    break;
  }
  if (command->args.empty()) {
    Fail("empty command");
    return nullptr;
  }
  return command;
}

// A term and the fields that follow it. Null without an error if there is no term.
NodePtr Parser::Operand() {
  NodePtr node = Term();
  if (node == nullptr || tokens_.Peek().type != TokenType::kField) return node;
  std::uint32_t position = tokens_.Peek().position;
  std::vector<std::string> names;
  while (tokens_.Peek().type == TokenType::kField)
    names.emplace_back(tokens_.Next().text.substr(1));
  switch (node->type) {
    case NodeType::kField:
    case NodeType::kVariable: {
      // Go counts columns from the second name on.
      node->position = position;
      auto& all = node->type == NodeType::kField ? static_cast<FieldNode&>(*node).names
                                                 : static_cast<VariableNode&>(*node).names;
      all.insert(all.end(), names.begin(), names.end());
      return node;
    }
    case NodeType::kBool:
    case NodeType::kString:
    case NodeType::kNumber:
    case NodeType::kNil:
    case NodeType::kDot:
      Fail("unexpected . after term " + GoQuote(ToString(*node)));
      return nullptr;
    default: {
      auto chain = std::make_unique<ChainNode>(position, std::move(node));
      chain->names = std::move(names);
      return chain;
    }
  }
}

NodePtr Parser::Variable(const Token& token) {
  const auto& known = scope_.variables;
  if (std::find(known.begin(), known.end(), token.text) == known.end()) {
    Fail("undefined variable " + GoQuote(token.text), &token);
    return nullptr;
  }
  auto node = std::make_unique<VariableNode>(token.position);
  node->names.emplace_back(token.text);
  return node;
}

NodePtr Parser::Constant(const Token& token) {
  if (token.type == TokenType::kString || token.type == TokenType::kRawString) {
    std::string text;
    if (!TemplateName(token, "", &text)) return nullptr;
    return std::make_unique<StringNode>(token.position, token.text, std::move(text));
  }
  auto number = token.type == TokenType::kCharConstant ? ParseCharacter(token.text)
                : token.type == TokenType::kComplex    ? ParseComplexNumber(token.text)
                                                       : ParseNumber(token.text);
  if (number) return std::make_unique<NumberNode>(token.position, token.text, *number);
  Fail(number.error().message, &token);
  return nullptr;
}

NodePtr Parser::Term() {
  std::size_t first = tokens_.mark();
  const Token& token = tokens_.NextNonSpace();
  switch (token.type) {
    case TokenType::kIdentifier:
      if (functions_.Find(token.text) == nullptr) {
        Fail("function " + GoQuote(token.text) + " not defined", &token);
        return nullptr;
      }
      return std::make_unique<IdentifierNode>(token.position, token.text);
    case TokenType::kDot:
      return std::make_unique<Node>(NodeType::kDot, token.position);
    case TokenType::kNil:
      return std::make_unique<Node>(NodeType::kNil, token.position);
    case TokenType::kVariable:
      return Variable(token);
    case TokenType::kField: {
      auto field = std::make_unique<FieldNode>(token.position);
      field->names.emplace_back(token.text.substr(1));
      return field;
    }
    case TokenType::kBool:
      return std::make_unique<BoolNode>(token.position, token.text == "true");
    case TokenType::kCharConstant:
    case TokenType::kComplex:
    case TokenType::kNumber:
    case TokenType::kString:
    case TokenType::kRawString:
      return Constant(token);
    case TokenType::kLeftParen:
      return Pipeline("parenthesized pipeline", TokenType::kRightParen);
    default:
      tokens_.BackTo(first);
      return nullptr;
  }
}

}  // namespace

tl::expected<ParsedText, ParseError> ParseText(std::string_view name, std::string_view text,
                                               const FunctionTable& functions) {
  if (text.size() > kMaxText) {
    std::string message = "template: " + std::string(name) +
                          ":1: exceeded maximum size of a text (" + std::to_string(kMaxText) +
                          " bytes)";
    return tl::unexpected(ParseError{std::move(message), {std::string(name), 1, 0, {}}});
  }
  auto source = std::make_shared<const Source>(Source{std::string(name), std::string(text)});
  return Parser(std::move(source), functions).Run();
}

}  // namespace tocsin::gotemplate
