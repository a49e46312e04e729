#define CAF_SUITE domain.name_map
#include "domain/name_map.hpp"

#include "support/weir_test.hpp"

#include <set>
#include <vector>

using namespace weir;

CAF_TEST(an entry is found by its name and stays where it is) {
  name_map<int> numbers;
  CAF_CHECK(numbers.find("0") == nullptr);
  auto& first = numbers.insert("0", 0);
  for (auto n = 1; n < 1'000; ++n)
    numbers.insert(std::to_string(n), n);
  CAF_CHECK(numbers.find("0") == &first);
  CAF_CHECK_EQUAL(numbers.find("999")->value, 999);
  CAF_CHECK(numbers.find("1000") == nullptr);
  CAF_CHECK(numbers.find("") == nullptr);
  numbers.find("5")->value = -5;
  CAF_CHECK_EQUAL(std::as_const(numbers).find("5")->value, -5);
  CAF_CHECK_EQUAL(numbers.size(), 1'000u);
}

CAF_TEST(an erased entry is gone and the others are not ) {
  name_map<int> numbers;
  for (auto n = 0; n < 100; ++n)
    numbers.insert(std::to_string(n), n);
  for (auto n = 0; n < 100; n += 2)
    numbers.erase(*numbers.find(std::to_string(n)));
  std::set<std::string> left;
  numbers.each([&](const auto& known) { left.insert(known.name); });
  CAF_CHECK_EQUAL(left.size(), 50u);
  for (auto n = 0; n < 100; ++n)
    CAF_CHECK_EQUAL(numbers.find(std::to_string(n)) != nullptr, n % 2 == 1);
}

CAF_TEST(looking ahead asks for names of the list only and changes nothing) {
  name_map<int> numbers;
  numbers.insert("b", 1);
  const std::vector<std::string> names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
  std::set<std::size_t> asked;
  for (std::size_t at = 0; at < names.size(); ++at)
    numbers.look_ahead(at, names.size(), [&](std::size_t of) {
      asked.insert(of);
      return std::string_view{names.at(of)};
    });
  CAF_CHECK_EQUAL(asked.size(), names.size());
  CAF_CHECK_EQUAL(numbers.size(), 1u);
}
