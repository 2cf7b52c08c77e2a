// Reads a list of simulations from standard input and writes one answer for each, in order.
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { text } from 'node:stream/consumers'

const told = (response) => {
  if (response.resultType === 'error') return { error: JSON.stringify(response.errors) }
  const results = response.resultType === 'single' ? [response.result] : response.results
  return {
    result: response.overallResult,
    ignored: [...new Set(results.flatMap((each) => each.ignoredContextKeys ?? ['(not reported)']))],
  }
}

const answers = []
for (const simulation of JSON.parse(await text(process.stdin))) {
  answers.push(told(await runSimulation(simulation, {})))
}
process.stdout.write(JSON.stringify(answers))
