"""The weather of activities on AWS Lambda: ``apis.activities.weather_function.handler``, invoked by a schedule.

Settings are those of the activities API's handler, and so is the table.
"""

from apis.activities.handler import utc_now
from apis.activities.handler_settings import ActivitiesHandlerSettings
from apis.activities.weather.serving import scheduled_handler
from apis.serving.invocation import lambda_function
from apis.serving.opening import open_store

settings = ActivitiesHandlerSettings()
handler = lambda_function(scheduled_handler(open_store(settings), settings, utc_now))
