#pragma once

// Comments that switch findings off where they stand: `# tocsin: disable=ID[,ID...]`.
//
// At the end of a line it is about that line. On a line of its own it is about the block that
// begins below: the next line that is no comment, and those after it that are indented deeper (also
// a list under a key whose dashes stand below the key). Before everything else in a file it is
// about the whole file.

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::lint {

class Suppressions {
 public:
  explicit Suppressions(std::string_view text);

  // Lines count from 1; 0 is the file as a whole.
  bool Cover(int line, std::string_view id) const;

  // Ids that the catalogue does not have, with the line of the comment.
  struct Unknown {
    std::string id;
    int line = 0;
  };
  const std::vector<Unknown>& unknown() const { return unknown_; }

 private:
  struct Block {
    int first_line = 0;
    int last_line = 0;  // Included.
    std::string id;
  };
  std::vector<Block> blocks_;
  std::vector<Unknown> unknown_;
};

}  // namespace tocsin::lint
