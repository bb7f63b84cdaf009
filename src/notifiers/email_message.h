#pragma once

// A mail as it goes over the wire (RFC 5322, MIME): header fields encoded and folded, bodies in
// quoted-printable. CRLF line ends; the dots that SMTP doubles are not doubled here. Pure.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::notifiers {

// `Name: value` with CRLF, folded at 78 characters where there is space to fold. A value that is
// not printable ASCII becomes encoded words, line ends included, so that no value can add a field.
std::string EncodeHeader(std::string_view name, std::string_view value);
// For fields that hold addresses (To, From, Cc ...): only the names of people are encoded.
std::string EncodeAddressHeader(std::string_view name, std::string_view value);
bool HoldsAddresses(std::string_view header_name);

// Lines of at most 76 characters with CRLF; LF and CRLF in the text are line ends.
std::string QuotedPrintable(std::string_view text);

struct MailParts {
  // Encoded fields, each with its CRLF.
  std::string headers;
  // A part that is empty is left out.
  std::string text, html;
  std::string boundary;
};
// Adds Content-Type and MIME-Version, and the parts as alternatives.
std::string BuildMail(const MailParts& parts);

}  // namespace tocsin::notifiers
