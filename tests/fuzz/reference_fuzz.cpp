// Digest, repository name, tag and reference: what is accepted is exactly what the specification's
// regular expressions match, and reads back as itself. Input: the text.
#include <regex>
#include <string>

#include "check.h"
#include "oci/digest.h"
#include "oci/name.h"

namespace {

using namespace berth;
using fuzz::check_error;

// OCI Distribution Specification 1.1 and Image Specification 1.1: a second opinion, written as
// differently from the parsers as can be.
bool matches(const std::regex& grammar, std::string_view text) {
  return std::regex_match(text.begin(), text.end(), grammar);
}
const std::regex kName("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
const std::regex kTag("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
const std::regex kDigest("sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}");

template <class Parsed>
void check_parsed(const Result<Parsed>& parsed, std::string_view text, bool valid, Code refusal) {
  BERTH_CHECK(parsed.has_value() == valid);
  if (parsed) {
    BERTH_CHECK(parsed->text() == text);
    BERTH_CHECK(*Parsed::parse(parsed->text()) == *parsed);
  } else {
    BERTH_CHECK(parsed.error().code == refusal);
    check_error(parsed.error());
  }
}

void check_digest(const oci::Digest& digest) {
  BERTH_CHECK(digest.hex().size() == oci::hex_length(digest.algorithm()));
  std::string text(oci::algorithm_name(digest.algorithm()));
  text.append(":").append(digest.hex());
  BERTH_CHECK(digest.text() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  // std::regex recurses per character; nothing longer than this can be valid.
  const bool regular = size <= 512;
  const auto digest = oci::Digest::parse(text);
  check_parsed(digest, text, regular && matches(kDigest, text), Code::kDigestInvalid);
  if (digest) check_digest(*digest);
  check_parsed(oci::RepositoryName::parse(text), text,
               size <= oci::RepositoryName::kMaxLength && matches(kName, text), Code::kNameInvalid);
  const auto tag = oci::Tag::parse(text);
  check_parsed(tag, text, regular && matches(kTag, text), Code::kTagInvalid);

  const auto reference = oci::parse_reference(text);
  BERTH_CHECK(reference.has_value() == (digest || tag));
  if (reference) BERTH_CHECK(oci::reference_text(*reference) == text);
  return 0;
}
