#pragma once

// The grammar of PromQL by recursive descent. A syntax error ends the parse; what a rule of the
// grammar finds wrong with a whole node (an unknown function, a misplaced offset) is noted, and it
// goes on. Functions that return a null pointer or false have noted a syntax error.

#include "promql/ast.h"
#include "promql/lexer.h"
#include "promql/parser.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::promql {

class Grammar {
 public:
  // Precondition: text.size() <= kMaxExpressionBytes.
  Grammar(std::string_view text, const Features& features);

  // The whole text; errors() must be looked at too.
  ExprPtr ParseAll();
  // The same for a text that is a selector without range and modifiers.
  ExprPtr ParseSelectorAlone();
  const ParseErrors& errors() const { return errors_; }
  ParseErrors TakeErrors() { return std::move(errors_); }

 private:
  using MutableExpr = std::unique_ptr<Expr>;

  // Tokens. The lexer is at most one token ahead.
  const Token& current() const { return current_; }
  const Token& Following();
  void Advance();
  bool At(TokenKind kind) const { return current_.kind == kind; }
  bool AtKeyword(Keyword keyword) const;
  bool AtOperator(BinaryOp op) const;
  bool AtMetricName() const;
  bool Take(TokenKind kind);

  void Note(Span span, std::string message) { errors_.push_back({span, std::move(message)}); }
  // Notes the syntax error that the current token is. Within an aggregation everything that has no
  // context of its own is said to be in it.
  void Unexpected(std::string_view context = {}, std::string_view expected = {});
  // Notes it if so: recursion over the tree must stay within the stack.
  bool IsTooDeep(std::uint32_t height);
  // From `begin` to the end of the last token taken.
  Span From(std::uint32_t begin) const { return {begin, last_end_}; }
  // Null, with an error, if the tree becomes too high.
  template <class Node>
  MutableExpr Make(Span span, ValueType type, Node node);

  // Expressions (grammar.cc). `level` is the loosest operator that may be taken.
  MutableExpr ParseExpression(int level);
  MutableExpr ParseUnary();
  MutableExpr ParsePrimary();
  MutableExpr ParseKeyword();
  MutableExpr ParseBinary(MutableExpr left);
  bool ParseMatching(Binary* binary);
  bool ParseFills(VectorMatching* matching);
  std::optional<double> ParseFillValue();
  bool StartsExpression();
  MutableExpr ParseParen();
  MutableExpr ParseNumberLiteral();
  MutableExpr ParseString();
  MutableExpr ParseCall();
  bool ParseArguments(std::vector<ExprPtr>* arguments);
  MutableExpr ParseAggregation();
  bool ParseGrouping(Aggregation* aggregation);
  bool ParseLabels(std::vector<std::string>* labels);
  bool ParseLabel(std::vector<std::string>* labels);
  MutableExpr FinishAggregation(Aggregation aggregation, std::vector<ExprPtr> arguments,
                                std::uint32_t begin);

  // Selectors and what stands behind them (grammar_selector.cc).
  MutableExpr ParseSelector(std::string name);
  bool ParseMatchers(std::vector<LabelMatcher>* matchers);
  bool ParseMatcher(std::vector<LabelMatcher>* matchers);
  std::optional<model::MatchOp> TakeMatchOp();
  void NoteRegex(LabelMatcher* matcher);
  MutableExpr ParsePostfix(MutableExpr expr);
  MutableExpr ParseRange(MutableExpr expr);
  MutableExpr ParseSubquery(MutableExpr inner, DurationExpr range);
  bool ParseOffset(Expr* expr);
  bool ParseAt(Expr* expr);
  bool ParseTimestamp(const Expr& expr, TimeModifiers* time);
  void ParseExtension(Expr* expr);
  bool ParseDuration(int level, DurationExpr* out);
  bool ParseDurationOperand(DurationExpr* out);
  bool ParseDurationCall(DurationExpr* out);
  bool ParseDurationLiteral(DurationExpr* out);
  bool ParseOffsetDuration(DurationExpr* out);
  void NoteNotPositive(const DurationExpr& duration);
  void NoteExperimental(const DurationExpr& duration);

  std::string_view text_;
  Features features_;
  Lexer lexer_;
  Token current_;
  std::optional<Token> following_;
  std::uint32_t last_end_ = 0;
  std::uint32_t depth_ = 0;         // Of the recursion.
  std::uint32_t aggregations_ = 0;  // That are open.
  std::uint32_t duration_operators_ = 0;
  bool too_deep_ = false;
  ParseErrors errors_;
};

template <class Node>
Grammar::MutableExpr Grammar::Make(Span span, ValueType type, Node node) {
  auto expr = std::make_unique<Expr>();
  expr->span = span;
  expr->type = type;
  expr->node = std::move(node);
  std::uint32_t below = 0;
  ForEachChild(*expr, [&](const Expr& child) { below = std::max(below, child.height); });
  expr->height = below + 1;
  if (IsTooDeep(below)) return nullptr;
  return expr;
}

// The value of a string token. Precondition: the lexer made it, so that its escapes are right.
std::string Unquoted(std::string_view token);

}  // namespace tocsin::promql
