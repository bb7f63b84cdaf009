#pragma once

// Strict, typed reading of one YAML mapping. Whoever asks for a key makes it known; Finish()
// reports every other key, with the nearest known one. Nothing stops at the first error: a bad
// value is reported with its place and leaves the target as it was.
//
// Scalars convert as Alertmanager's YAML library converts them: a string takes a scalar of any type
// and keeps its text (`yes` stays "yes"), a boolean takes yes/no/on/off too, but no quoted word. A
// null empties a string, a list or a map, and leaves everything else at its default.

#include "base/secret.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "config/http_client_config.h"
#include "config/yaml_reader.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

// Where nodes come from and where errors go. Outlives the readers that use it.
struct Source {
  std::string file;       // As it is shown in positions.
  std::string directory;  // Absolute; relative paths in the file start here.
  Diagnostics* diagnostics = nullptr;
  std::vector<TlsBlock>* tls_blocks = nullptr;  // Where they are collected, if anybody wants them.

  Position At(const YamlNode& node) const { return {file, node.line(), node.column()}; }
  void Error(const YamlNode& node, std::string message) const {
    diagnostics->AddError(At(node), std::move(message));
  }
  void Warning(const YamlNode& node, std::string message) const {
    diagnostics->AddWarning(At(node), std::move(message));
  }
  // Absolute and normalised; an empty path stays empty.
  std::string ResolvePath(const std::string& path) const;
};

class ObjectReader {
 public:
  // `what` names the object in messages ("route"). A null node reads as an empty mapping; any other
  // kind is reported, and then reads as empty too. Keys given to the methods must outlive the
  // reader.
  ObjectReader(const Source& source, YamlNodePtr node, std::string_view what);

  // The value under the key, or null if it is absent or a YAML null.
  YamlNodePtr Get(std::string_view key);
  // As Get, but a YAML null is returned as such.
  YamlNodePtr GetOrNullNode(std::string_view key);
  // Is there a scalar that is not empty? What mutual exclusions go by. The key becomes known.
  bool HasText(std::string_view key);

  // Each returns whether a value of the right kind was there.
  bool Read(std::string_view key, std::string* out);
  bool Read(std::string_view key, bool* out);
  bool Read(std::string_view key, std::optional<bool>* out);
  bool Read(std::string_view key, int* out);
  bool Read(std::string_view key, std::uint64_t* out);
  bool Read(std::string_view key, std::int64_t* out);
  bool Read(std::string_view key, double* out);
  bool Read(std::string_view key, Secret* out);
  bool Read(std::string_view key, std::vector<std::string>* out);
  bool Read(std::string_view key, std::vector<Secret>* out);
  bool Read(std::string_view key, std::map<std::string, std::string>* out);
  bool ReadDuration(std::string_view key, Duration* out);  // Prometheus's notation.
  bool ReadDuration(std::string_view key, std::optional<Duration>* out);
  bool ReadSignedDuration(std::string_view key, std::optional<Duration>* out);
  bool ReadGoDuration(std::string_view key, Duration* out);
  bool ReadBytes(std::string_view key, std::uint64_t* out);  // `64KB`, in powers of 1024.
  bool ReadPath(std::string_view key, std::string* out);
  bool ReadPaths(std::string_view key, std::vector<std::string>* out);
  bool ReadUrl(std::string_view key, std::string* out);
  // Also takes the mask `<secret>`, so that a printed configuration can be read again.
  bool ReadSecretUrl(std::string_view key, Secret* out);
  // The items of a list; none if the key is absent, null, or no list (which is reported).
  std::vector<YamlNodePtr> ReadList(std::string_view key);

  // `at most one of A & B must be configured`, at the second of them.
  bool AtMostOne(std::string_view a, std::string_view b);
  // Reports a key that is known but means nothing to us yet, unless it is empty.
  void NotSupportedYet(std::string_view key);

  // At the value, or at the object if the key is absent.
  void Error(std::string_view key, std::string message);
  void Error(std::string message);
  Position At(std::string_view key) const;

  // Reports unknown keys. Last call.
  void Finish();

 private:
  const YamlNode::Entry* Find(std::string_view key) const;
  // The scalar's node under the key; null if absent, null or reported as being something else.
  YamlNodePtr Scalar(std::string_view key, std::string_view expected);
  template <class T, class Parse>
  bool ReadWith(std::string_view key, std::string_view expected, T* out, Parse parse);

  const Source& source_;
  YamlNodePtr node_;
  std::string_view what_;
  std::vector<std::string_view> known_;
};

// Of all keys of a mapping.
Places PlacesOf(const Source& source, const YamlNode& node);
// "a list", "a mapping": what a node is, for messages.
std::string_view KindName(const YamlNode& node);
// Quoted for a message, cut to a length that fits there.
std::string Shown(std::string_view text);
// `a.yml` in the working directory is the absolute path of that.
std::string DirectoryOf(const std::string& path);

}  // namespace tocsin::config
