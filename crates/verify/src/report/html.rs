use super::draw::{Picture, draw};
use super::{Report, measured, numbers, wanted};
use crate::Claim;
use crate::run::Outcome;

/// index.html: nothing outside of it is needed.
pub(crate) fn html(report: &Report, id: &str) -> String {
    let (claims, failed) = (report.claims().count(), report.failed().count());
    let verdict = match (failed, report.fault) {
        (0, None) => format!("<p class=pass>All {claims} claims of {} hold.</p>", report.extent()),
        (_, None) => format!("<p class=fail>{failed} of {claims} claims failed.</p>"),
        (0, Some(fault)) => format!("<p class=fail>The planted fault {fault} went UNSEEN by all {claims} claims.</p>"),
        (_, Some(fault)) => {
            format!("<p class=pass>The planted fault {fault} was seen by {failed} of {claims} claims.</p>")
        }
    };
    let planted = report.fault.map(|fault| {
        let (name, what) = (fault.name(), escaped(&fault.description()));
        format!("<p class=planted>Planted on purpose: <b>{name}</b>, {what}. Claims below must fail.</p>\n")
    });
    let rows: String = report.outcomes.iter().map(row).collect();
    let sections: String = report.outcomes.iter().map(section).collect();
    let about = format!(
        "ito-verify {}, {} in {:.1} s on {} {} with {} threads, run {id} (verify.json of this run has the same name)",
        env!("CARGO_PKG_VERSION"),
        report.extent(),
        report.time.as_secs_f64(),
        std::env::consts::OS,
        std::env::consts::ARCH,
        std::thread::available_parallelism().map_or(1, usize::from),
    );
    format!(
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<meta name=viewport content=\"width=device-width, \
         initial-scale=1\">\n<title>Ito: what is verified</title>\n<style>\n{CSS}</style>\n<h1>Ito: what is verified</h1>\n\
         {verdict}\n{}<p class=small>{about}. Theory numbers are those of docs/theory.md; a claim without a seed has nothing \
         random in it. A claim of a mean, an estimate, counts or a distribution allows for chance by \
         4.89 standard errors or the like, one false alarm in a million for values that are near to normal, a few for means of skewed values such as squares; \
         other claims with a seed, such as fitted orders, state their tolerance alone.</p>\n<div class=scroll><table>\n\
         <tr><th>experiment<th>theory<th>claims<th>time<th></tr>\n{rows}</table></div>\n{sections}</html>\n",
        planted.unwrap_or_default()
    )
}

fn row(outcome: &Outcome) -> String {
    let e = &outcome.experiment;
    let verdict = verdict(outcome.failed().next().is_none());
    let (theory, claims, time) = (numbers(e.theory), outcome.findings.claims.len(), outcome.time.as_secs_f64());
    let title = escaped(e.title);
    format!("<tr><td><a href=\"#{}\">{title}</a><td>{theory}<td>{claims}<td>{time:.1} s<td>{verdict}</tr>\n", e.name)
}

fn section(outcome: &Outcome) -> String {
    let e = &outcome.experiment;
    let claims: String = outcome.findings.claims.iter().map(claim).collect();
    let plots: String = outcome.findings.plots.iter().map(|plot| figure(draw(plot))).collect();
    let faults = match e.faults {
        [] => String::new(),
        faults => format!("; sees the faults {}", faults.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ")),
    };
    format!(
        "<section id=\"{}\">\n<h2>{}</h2>\n<p class=small><code>--only {}</code>, theory {}{faults}</p>\n<div class=scroll>\
         <table>\n<tr><th>claim<th>measured<th>wanted<th>seed<th></tr>\n{claims}</table></div>\n<div class=plots>\n{plots}\
         </div>\n</section>\n",
        e.name,
        escaped(e.title),
        e.name,
        numbers(e.theory)
    )
}

fn claim(claim: &Claim) -> String {
    let note = claim.note.as_ref().map(|note| format!("<br><span class=small>{}</span>", escaped(note)));
    format!(
        "<tr><td>{}{}<td>{}<td>{}<td>{}<td>{}</tr>\n",
        escaped(&claim.name),
        note.unwrap_or_default(),
        measured(claim),
        wanted(claim),
        claim.seed.map(|seed| seed.to_string()).unwrap_or_default(),
        verdict(claim.pass())
    )
}

fn verdict(pass: bool) -> &'static str {
    if pass { "<span class=pass>holds</span>" } else { "<span class=fail>FAILED</span>" }
}

fn figure(Picture { title, svg, legend }: Picture) -> String {
    let entry = |(colour, words): &(String, String)| {
        format!("<span class=entry><i style=\"background:{colour}\"></i>{}</span> ", escaped(words))
    };
    let legend: String = legend.iter().map(entry).collect();
    format!("<figure><figcaption>{}</figcaption>{svg}<div class=small>{legend}</div></figure>\n", escaped(&title))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const CSS: &str = "\
:root { color-scheme: light dark; --text: #1c1c22; --page: #fff; --rule: #d8d8de; --pass: #1d7a3e; --fail: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #dcdce2; --page: #16161a; --rule: #3a3a42; --pass: #6fcf8f; --fail: #ff8a80; }
}
body { font: 16px/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 0 auto; padding: 1rem; max-width: 72rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .25rem; }
a { color: inherit; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--rule); }
@media (max-width: 40rem) { th, td { font-size: .8rem; padding-right: .4rem; } }
.small { font-size: .85rem; opacity: .85; }
.pass { color: var(--pass); }
.fail { color: var(--fail); font-weight: 600; }
.planted { border: 2px solid var(--fail); padding: .5rem .75rem; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: .75rem; }
figure { flex: 1 1 20rem; max-width: 34rem; min-width: 0; margin: 0; }
figcaption { font-weight: 600; font-size: .9rem; }
svg { width: 100%; height: auto; display: block; }
.entry { display: inline-block; margin-right: 1rem; }
.entry i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: 2px; }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Curve, Experiment, Fault, Findings, Plot};
    use std::time::Duration;

    fn report(fault: Option<Fault>) -> Report {
        let run = |_: &Context| Findings {
            claims: vec![Claim::within("a < b", 1.0, 1.0, 0.1).seed(7), Claim::at_most("small", 3.0, 2.0).note("<x>")],
            plots: vec![Plot::curves("curve & all", "x", "y", vec![Curve::new("c", [(0.0, 1.0), (1.0, 2.0)])])],
        };
        let experiment = Experiment { name: "some", title: "Some & more", theory: &[5, 6], faults: &[], run };
        let outcomes = crate::run::run(&[experiment], Context::sound(), &|_| {});
        Report { outcomes, fault, time: Duration::from_secs(1) }
    }

    #[test]
    fn the_page_stands_alone_and_says_everything() {
        let page = html(&report(None), "id");
        for outside in ["http://", "https://", "<script", "<link", "src=", "@import", "url("] {
            let page = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!page.contains(outside), "{outside} in {page}");
        }
        for words in
            ["1 of 2 claims failed", "a &lt; b", "&lt;x&gt;", "theory 5, 6", ">7<", "<svg", env!("CARGO_PKG_VERSION")]
        {
            assert!(page.contains(words), "no {words} in {page}");
        }
    }

    #[test]
    fn a_planted_fault_is_told_at_the_top() {
        let page = html(&report(Some(Fault::SqrtHForH)), "id");
        assert!(page.contains("Planted on purpose: <b>sqrt-h-for-h</b>"), "{page}");
    }
}
