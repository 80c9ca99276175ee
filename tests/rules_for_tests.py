"""What must hold of every rule, whether it looks at an article or at a whole feed."""

from tqcheck.article import Severity


class RuleManners:
    def test_it_shows_the_fault_in_three_languages_and_what_is_right_in_two(self, rule):
        assert len({example.lang for example in rule.bad}) >= 3
        assert len({example.lang for example in rule.good}) >= 2

    def test_it_says_what_is_wrong_in_one_line_and_how_bad_it_is(self, rule):
        assert rule.summary.endswith(".")
        assert "\n\n" in rule.manual, "a manual page follows the summary"
        assert isinstance(rule.severity, Severity)
        assert "/" in rule.mqm
        assert all(len(line) <= 140 for line in rule.manual.splitlines())

    def test_each_option_has_a_default_and_a_line_in_its_manual(self, rule):
        for option, default in rule.options.items():
            assert isinstance(default, (bool, int, float, str))
            assert f"{option}:" in (rule.check.__doc__ or "")
